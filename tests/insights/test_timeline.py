"""A person's timeline: each mail once, newest first, with what she did, and never more."""

import pytest

from backend import db
from backend.errors import Invalid
from backend.insights import telling, timeline
from backend.insights.people_mail import About
from backend.models.mail import EmailMessage
from backend.people.adding import add
from backend.people.values import Actor
from backend.tracking.facts import Kind
from tests.world import CAROL, DANA, LEO, NOON, hit, record


@pytest.fixture
def carol(world):
    return About([world.people["carol"].id], [CAROL])


def subjects(page):
    return [entry["subject"] for entry in page.items]


@pytest.mark.req("R52")
def test_a_mail_is_one_entry_with_its_engagements_folded_inside(world, as_viewer, carol):
    stamped = world.send(CAROL, LEO, per_recipient=True)
    record(
        hit(world.open_token(stamped, CAROL)),
        hit(world.open_token(stamped, LEO), after=120),
        hit(world.click_token(stamped), Kind.CLICK, after=180),
    )

    (entry,) = timeline.page(as_viewer(), carol).items

    assert [(each["kind"], each["person"]["name"]) for each in entry["engagements"]] == [
        ("click", "Carol"),
        ("open", "Carol"),
    ]
    assert [each["address"] for each in entry["recipients"]] == [CAROL]
    assert (entry["recipients_total"], entry["sender"]["name"]) == (2, "alice")
    assert entry["type"] == "mail"


@pytest.mark.req("R25")
def test_what_one_of_several_did_on_a_shared_copy_is_not_put_down_to_her(world, as_viewer, carol):
    stamped = world.send(CAROL, LEO)
    record(hit(world.open_token(stamped)))

    (entry,) = timeline.page(as_viewer(), carol).items

    assert entry["engagements"] == []
    assert entry["recipients"][0]["reason"] == "shared_pixel"


def test_of_her_addresses_the_one_counts_of_which_the_most_is_known(world, as_viewer):
    about = About([world.people["carol"].id], [CAROL, "carol@home.test"])
    stamped = world.send(CAROL, "carol@home.test", per_recipient=True)
    record(hit(world.open_token(stamped, "carol@home.test")))

    (entry,) = timeline.page(as_viewer(), about).items

    assert [(each["address"], each["label"]) for each in entry["recipients"]] == [
        ("carol@home.test", "likely_opened"),
        (CAROL, "no_signal"),
    ]
    assert telling.state_of_entry(entry) == "likely_opened"


def test_untracked_mail_is_there_with_its_reason(world, as_viewer):
    world.send(DANA)

    (entry,) = timeline.page(as_viewer(), About([world.people["dana"].id], [DANA])).items

    assert (entry["state"], entry["reason"]) == ("untracked", "do_not_track")


def test_pages_have_no_gaps_and_no_doubles(world, as_viewer, carol):
    for number in range(7):
        world.send(CAROL, subject=str(number))

    first = timeline.page(as_viewer(), carol, limit=3)
    second = timeline.page(as_viewer(), carol, first.next, limit=3)
    third = timeline.page(as_viewer(), carol, second.next, limit=3)

    assert subjects(first) + subjects(second) + subjects(third) == list("6543210")
    assert third.next is None
    with pytest.raises(Invalid):
        timeline.page(as_viewer(), carol, "x")


@pytest.mark.req("R41")
def test_what_one_may_not_see_is_only_counted(world, as_viewer, carol):
    world.send(CAROL, subject="Open to the team")
    world.send(CAROL, subject="Private")
    EmailMessage.update(visibility="private").where(EmailMessage.subject == "Private").execute()

    own, manager, mate, foreign = (
        timeline.page(as_viewer(name), carol) for name in ("alice", "mika", "bob", "mallory")
    )

    assert (subjects(own), own.hidden) == (["Private", "Open to the team"], 0)
    assert (subjects(manager), manager.hidden) == (["Open to the team"], 1)
    assert (subjects(mate), mate.hidden) == ([], 2)
    assert (subjects(foreign)) == []


def test_mail_from_before_she_was_known_comes_with_what_was_seen_of_it(world, as_viewer):
    stamped = world.send("new@acme.test")
    record(hit(world.open_token(stamped)))
    person = add(
        Actor(world.alice.org_id, world.alice.id), {"name": "New", "addresses": ("new@acme.test",)}
    )

    (entry,) = timeline.page(as_viewer(), About([person], ["new@acme.test"])).items

    assert [each["label"] for each in entry["engagements"]] == ["likely_opened"]


def test_who_asks_not_to_be_told_apart_is_not(world, as_viewer, carol):
    stamped = world.send(CAROL)
    record(hit(world.open_token(stamped)))
    db.execute(
        "UPDATE engagement SET person_id = NULL, reasons = %s", [db.dumps([timeline.NOBODY])]
    )

    (entry,) = timeline.page(as_viewer(), carol).items

    assert entry["engagements"] == []


def test_of_a_busy_mail_only_the_latest_are_folded(world, as_viewer, carol):
    stamped = world.send(CAROL)
    count = timeline.FOLDED + 3
    record(*(hit(world.open_token(stamped), after=90 * n) for n in range(1, count + 1)))

    (entry,) = timeline.page(as_viewer(), carol).items

    times = [each["occurred_at"] for each in entry["engagements"]]
    assert len(times) == timeline.FOLDED
    assert times == sorted(times, reverse=True)
    assert times[0] > NOON.isoformat()
    assert entry["has_more_engagements"]
