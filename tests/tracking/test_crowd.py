import pytest

from backend.tracking.classify import Sending, Tuning
from backend.tracking.facts import Kind
from tests.tracking.made import (
    APPLE_MPP,
    CHROME,
    GMAIL_PROXY,
    SENT_AT,
    THUNDERBIRD,
    after,
    clicked,
    network,
    opened,
    other,
    ruled,
)

FIVE_LINKS = Sending(SENT_AT, link_count=5)
TWO_LINKS = Sending(SENT_AT, link_count=2)


def clicks(*seconds, links=None, **more):
    return [
        clicked(s, link=f"l{links[at] if links else at}", **more) for at, s in enumerate(seconds)
    ]


# why, hits, sending, how many of them are in a burst
BURSTS = [
    ("three links in five seconds", clicks(100, 102, 105), FIVE_LINKS, 3),
    ("a little longer than five seconds", clicks(100, 102, 105.1), FIVE_LINKS, 0),
    ("three clicks on two links", clicks(100, 101, 102, links=[0, 1, 0]), FIVE_LINKS, 0),
    ("the whole run, each within a crowded window", clicks(100, 102, 104, 106, 108), FIVE_LINKS, 5),
    ("a straggler is no part of it", clicks(100, 101, 102, 130), FIVE_LINKS, 3),
    ("both of two links in a second", clicks(100, 101), TWO_LINKS, 2),
    ("both of two links at leisure", clicks(100, 101.1), TWO_LINKS, 0),
    ("two of five links in a second", clicks(100, 101), FIVE_LINKS, 0),
    ("every one of many links in ten seconds", clicks(100, 103, 106, 108, 110), FIVE_LINKS, 5),
    ("all but one of them", clicks(100, 103, 106, 109.5), FIVE_LINKS, 0),
    ("one link over and over", clicks(*range(100, 120), links=[0] * 20), FIVE_LINKS, 0),
]


@pytest.mark.req("R22")
@pytest.mark.parametrize(
    ("hits", "sending", "count"), [row[1:] for row in BURSTS], ids=[row[0] for row in BURSTS]
)
def test_a_burst_is_many_links_at_once(hits, sending, count):
    rulings = ruled(*hits, sending=sending)

    assert [one.rule for one in rulings].count("burst") == count


@pytest.mark.req("R22")
def test_a_burst_takes_the_opens_of_its_source_along():
    machine, reader = b"machine", b"reader"
    hits = [
        opened(95, reader_key=machine),
        *clicks(100, 101, 102, reader_key=machine),
        opened(112, reader_key=machine),
        opened(113, reader_key=machine),
        opened(101, THUNDERBIRD, reader_key=reader),
    ]

    counted = [one.is_counted for one in ruled(*hits, sending=FIVE_LINKS)]

    assert counted == [False, False, False, False, False, True, True]


def test_a_shared_copy_may_be_clicked_by_three_people_at_once():
    hits = [clicked(100 + at, link=f"l{at}", reader_key=b"%d" % at) for at in range(3)]

    assert all(one.is_counted for one in ruled(*hits, sending=FIVE_LINKS))


def test_a_copy_of_one_recipient_is_not_clicked_in_three_places_at_once():
    hits = [
        clicked(100 + at, link=f"l{at}", reader_key=b"%d" % at, is_one_recipient=True)
        for at in range(3)
    ]

    assert not any(one.is_counted for one in ruled(*hits, sending=FIVE_LINKS))


def test_a_scanners_fleet_is_one_source():
    late = 3600
    where = network("microsoft-detonation")
    hits = [
        clicked(late + at, link=f"l{at}", reader_key=b"%d" % at, network=where) for at in range(3)
    ]

    assert {one.reasons for one in ruled(*hits)} == {("detonation_network", "in_burst")}


def test_a_network_that_checks_links_at_delivery_has_loaded_the_picture_too():
    where = network("microsoft-detonation")
    hits = [opened(10, network=where), clicked(12, network=where), opened(3600, network=where)]

    rules = [one.rule for one in ruled(*hits)]

    assert rules == ["burst", "detonation_network", "browser_open"]


def viewed(*seconds):
    return Sending(SENT_AT, self_views=tuple(after(s) for s in seconds))


# why, views, opens, which of them are the sender's
VIEWS = [
    ("the next open", [600], [opened(603)], [0]),
    ("one shot only", [600], [opened(603), opened(604)], [0]),
    ("ten seconds are the limit", [600], [opened(610), opened(620)], [0]),
    ("later opens are a reader's", [600], [opened(610.1)], []),
    ("the picture before the word", [600], [opened(595)], [0]),
    ("too long before it", [600], [opened(594.9)], []),
    ("after wins over before", [600], [opened(599), opened(603)], [1]),
    ("two views, two opens", [600, 605], [opened(601), opened(606)], [0, 1]),
    ("a repeated view claims no second open", [600, 600.5], [opened(603), opened(604)], [0]),
    ("machines are passed over", [600], [opened(601, APPLE_MPP), opened(602)], [1]),
    ("a proxy may be the sender's", [600], [opened(601, GMAIL_PROXY)], [0]),
    ("clicks are never claimed", [600], [clicked(601)], []),
]


@pytest.mark.req("R23")
@pytest.mark.parametrize(
    ("views", "hits", "own"), [row[1:] for row in VIEWS], ids=[row[0] for row in VIEWS]
)
def test_the_senders_view_claims_one_open(views, hits, own):
    rulings = ruled(*hits, sending=viewed(*views))

    assert [at for at, one in enumerate(rulings) if one.verdict == "self"] == own


@pytest.mark.req("R23")
def test_a_marker_claims_the_open_of_the_same_client_beside_it():
    marker = other(Kind.MARKER, 300, GMAIL_PROXY)
    mine, readers = opened(300.3, GMAIL_PROXY), opened(300.2, CHROME)

    rulings = ruled(marker, readers, mine)

    assert [one.verdict for one in rulings] == ["self", "human", "self"]
    assert rulings[2].reasons == ("own_copy_marker",)  # no panel said that it showed the mail


def test_nothing_is_found_between_hits_that_do_not_belong_together():
    hits = [opened(100), clicked(200), opened(300)._replace(id="c")]

    assert all(one.is_counted for one in ruled(*hits, tuning=Tuning()))
