import pytest

from backend.tracking.classify import TUNING, Sending
from backend.tracking.lists import Certainty, Role
from backend.tracking.subject import Around, Subject
from tests.tracking.made import SENDING, clicked, network, opened


def subject_of(hit, sending=SENDING):
    return Subject.of(hit, sending, TUNING, Around())


@pytest.mark.parametrize(
    ("seconds", "delay_s"), [(60, 60), (0, 0), (-1.5, 0), (-2, 0), (-2.5, -2.5)]
)
def test_the_delay_forgives_a_small_difference_of_clocks(seconds, delay_s):
    assert subject_of(opened(seconds)).delay_s == delay_s


def test_without_a_send_there_is_no_delay():
    assert subject_of(opened(60), Sending(None)).delay_s == 0


@pytest.mark.parametrize(
    ("why", "facts", "is_google"),
    [
        ("by list", network("google"), True),
        ("by number", network(asn=15169), True),
        ("neither", network(asn=1), False),
        ("nothing known", network(), False),
    ],
)
def test_a_network_is_known_by_its_list_or_its_number(why, facts, is_google):
    subject = subject_of(opened(60, network=facts))

    assert subject.is_from(Role.GOOGLE, TUNING.google_asns) is is_google, why


def test_a_list_for_clicks_judges_no_open():
    where = network("google-crawlers")

    assert subject_of(clicked(60, network=where)).is_scanner_network(Certainty.CERTAIN)
    assert not subject_of(opened(60, network=where)).is_scanner_network(Certainty.CERTAIN)


def test_a_list_for_clicks_does_not_hide_a_list_for_all():
    where = network("google-crawlers", "microsoft-eop")

    assert subject_of(opened(60, network=where)).is_scanner_network(Certainty.CERTAIN)
