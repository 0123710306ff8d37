"""What is known of each recipient: one state, with its reason, and never more than is known."""

from dataclasses import replace

import pytest

from backend.insights import recipients
from backend.models.mail import EmailMessage, Stamp
from backend.models.people import Person
from backend.tracking import outcomes
from backend.tracking.facts import Kind
from backend.tracking.outcomes import Outcome
from backend.words import CATALOGUES
from tests.world import APPLE_MPP, CAROL, DANA, LEO, NOON, hit, record

STATES = {"opened", "no_signal", "not_measurable"}


def states(world, stamped):
    """(state, reason, is_inferred) by the name before the @."""
    message_id = Stamp.get_by_id(stamped.id).message_id
    return {
        each["address"].partition("@")[0]: (each["state"], each["reason"], each["is_inferred"])
        for each in recipients.of_messages([message_id])[message_id]
    }


NOTHING = ("no_signal", "", False)
OPENED = ("opened", "", False)
INFERRED = ("opened", "", True)


@pytest.mark.req("R24", "R86")
def test_each_has_a_state_of_her_own(world):
    stamped = world.send(CAROL, LEO, DANA, per_recipient=True)
    record(hit(world.open_token(stamped, LEO)))

    assert states(world, stamped) == {
        "carol": NOTHING,
        "leo": OPENED,
        "dana": ("not_measurable", "do_not_track", False),
    }


@pytest.mark.req("R24")
def test_a_click_alone_lets_the_open_be_inferred(world):
    stamped = world.send()
    record(hit(world.click_token(stamped), Kind.CLICK, after=600))

    assert states(world, stamped)["carol"] == INFERRED


@pytest.mark.req("R24")
def test_an_open_beside_the_click_is_no_inference(world):
    stamped = world.send()
    record(hit(world.open_token(stamped)), hit(world.click_token(stamped), Kind.CLICK, after=600))

    assert states(world, stamped)["carol"] == OPENED


@pytest.mark.req("R20")
def test_what_came_by_itself_is_no_signal(world):
    stamped = world.send()
    record(hit(world.open_token(stamped), user_agent=APPLE_MPP))

    assert states(world, stamped)["carol"] == NOTHING


@pytest.mark.req("R29")
def test_before_the_send_is_confirmed_there_is_no_signal(world):
    stamped = world.stamp()
    record(hit(world.open_token(stamped)))

    assert states(world, stamped)["carol"] == NOTHING


@pytest.mark.req("R24")
def test_a_shared_pixel_says_nothing_of_one_of_them(world):
    stamped = world.send(CAROL, LEO)
    record(hit(world.open_token(stamped)))

    assert set(states(world, stamped).values()) == {("not_measurable", "shared_pixel", False)}


def labels(world, stamped):
    """The state word by the name before the @."""
    message_id = Stamp.get_by_id(stamped.id).message_id
    return {
        each["address"].partition("@")[0]: each["label"]
        for each in recipients.of_messages([message_id])[message_id]
    }


REPLY = Outcome("reply", LEO, None, NOON, "reply_by_thread", "a")
GONE = Outcome("bounce", LEO, None, NOON, "bounced_for_good", "b", "5.1.1")
UNKNOWN_READER = "Letterbox/3.1"
FULL = Outcome("bounce", LEO, None, NOON, "bounced_for_now", "c", "5.2.2")


@pytest.mark.req("R24", "R69")
@pytest.mark.parametrize(
    ("why", "happened", "label"),
    [
        ("nothing came", [], "no_signal"),
        ("loaded by a person", [Kind.OPEN], "likely_opened"),
        ("loaded by who knows what", [UNKNOWN_READER], "possibly_opened"),
        ("the surer of two opens is told", [UNKNOWN_READER, Kind.OPEN], "likely_opened"),
        ("a click says more", [Kind.OPEN, Kind.CLICK], "clicked"),
        ("a click alone says it too", [Kind.CLICK], "clicked"),
        ("a reply says most", [Kind.OPEN, Kind.CLICK, REPLY], "replied"),
        ("who answers was there after all", [GONE, REPLY], "replied"),
        ("it never came", [GONE], "bounced_for_good"),
        ("it waits", [FULL], "bounced_for_now"),
        ("it waited, and came", [FULL, Kind.OPEN], "likely_opened"),
    ],
)
def test_the_strongest_that_is_known_of_her_is_said(world, why, happened, label):
    stamped = world.send(LEO, CAROL, per_recipient=True)
    tokens = {Kind.OPEN: world.open_token(stamped, LEO), Kind.CLICK: world.click_token(stamped)}
    for each in happened:
        if isinstance(each, Outcome):
            outcomes.record(Stamp.get_by_id(stamped.id), each)
        elif each == UNKNOWN_READER:
            record(hit(tokens[Kind.OPEN], user_agent=each, after=600))
        else:
            record(hit(tokens[each], each, after=600))

    assert labels(world, stamped) == {"leo": label, "carol": "no_signal"}, why


@pytest.mark.req("R25", "R69")
@pytest.mark.parametrize(("outcome", "label"), [(REPLY, "replied"), (GONE, "bounced_for_good")])
def test_what_came_back_by_mail_names_one_of_those_who_share_a_pixel(world, outcome, label):
    stamped = world.send(LEO, CAROL)
    leo = replace(outcome, person_id=world.people["leo"].id)

    outcomes.record(Stamp.get_by_id(stamped.id), leo)

    assert labels(world, stamped) == {"leo": label, "carol": "not_measurable"}


REASONS: tuple[tuple[str, dict, str], ...] = (
    ("text only", {"content_type": "text/plain", "html": "x"}, "text_only"),
    ("signed", {"content_type": "application/pkcs7-mime", "html": "x"}, "smime"),
    ("neither opens nor links", {"opens": False, "links": False}, "switched_off"),
)


@pytest.mark.req("R8", "R10", "R24")
@pytest.mark.parametrize(("why", "changes", "reason"), REASONS)
def test_what_cannot_be_measured_says_why(world, why, changes, reason):
    assert states(world, world.send(**changes))["carol"] == ("not_measurable", reason, False), why


@pytest.mark.parametrize(
    ("why", "policy", "reason"),
    [
        ("counted for nobody", {"preset": "aggregate"}, "counted_without_person"),
        ("nothing is measured", {"preset": "off"}, "policy_off"),
        ("only who agreed", {"preset": "strict"}, "consent_missing"),
        ("a domain is left out", {"left_domains": ["northwind.test"]}, "domain_left_out"),
    ],
)
def test_what_the_policy_forbids_says_so(world, why, policy, reason):
    world.set_policy(**policy)

    assert states(world, world.send())["carol"] == ("not_measurable", reason, False), why


def test_only_links_may_be_measured(world):
    assert states(world, world.send(opens=False))["carol"] == NOTHING


@pytest.mark.req("R74")
def test_who_refuses_later_stays_as_she_was_known(world):
    stamped = world.send()
    record(hit(world.open_token(stamped)))

    Person.update(do_not_track=True).execute()

    assert states(world, stamped)["carol"] == OPENED


def test_several_messages_are_told_apart(world):
    one, two = world.send(), world.send(LEO)
    ids = [Stamp.get_by_id(each.id).message_id for each in (one, two)]

    found = recipients.of_messages(ids)

    assert [[each["address"] for each in found[one_id]] for one_id in ids] == [[CAROL], [LEO]]
    assert recipients.of_messages([]) == {}


def test_the_sender_is_no_recipient(world):
    stamped = world.send(CAROL, world.alice.email)

    assert list(states(world, stamped)) == ["carol", "alice"]


@pytest.mark.req("R85")
def test_every_recipient_has_exactly_one_state_and_words_for_it(world):
    made = [
        world.send(CAROL, LEO, DANA, per_recipient=True),
        world.send(CAROL, LEO, DANA),
        world.send(CAROL, html="x", content_type="text/plain"),
        world.stamp(LEO),
    ]
    record(hit(world.open_token(made[0], LEO)))

    ids = [row.id for row in EmailMessage.select()]
    everyone = [each for found in recipients.of_messages(ids).values() for each in found]

    assert len(everyone) >= 8
    for each in everyone:
        assert each["state"] in STATES
        assert bool(each["reason"]) == (each["state"] == "not_measurable")
        assert f"states.{each['label']}" in CATALOGUES["en"]
        assert not each["reason"] or f"reasons.{each['reason']}" in CATALOGUES["en"]
