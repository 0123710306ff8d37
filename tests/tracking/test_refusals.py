"""What is dropped and counted, and what a press on a /u/ page does."""

from datetime import timedelta

import pytest

from backend import db
from backend.models.mail import Stamp, StampCopy
from backend.models.people import ConsentRecord, Person, PersonAddress, Suppression
from backend.tracking import sending
from backend.tracking.drafts import Recipient, Stamped
from backend.tracking.facts import Kind, RawHit
from tests.world import CAROL, LEO, NOON, World, hit, record

NOBODY = "nobody@example.com"


def press(stamped: Stamped, action: str, address: str | None = None, after: int = 100) -> RawHit:
    """A press on the /u/ page of that mail (of that recipient's copy)."""
    copy = StampCopy.get(
        StampCopy.stamp_id == stamped.id,
        StampCopy.address == address if address else StampCopy.id.is_null(False),
    )
    return hit(copy.unsubscribe_token, Kind.UNSUBSCRIBE, headers={"action": action}, after=after)


def dropped() -> list[db.Row]:
    return db.rows("SELECT happened_on, reason, hits FROM dropped_hit ORDER BY 1, 2")


def consent_of(world: World, name: str) -> str:
    return str(Person.get_by_id(world.people[name].id).consent)


@pytest.mark.req("R74")
def test_dropped_hits_leave_a_count_per_reason_and_day_and_nothing_else(world: World) -> None:
    tracked, stopped = world.send(CAROL), world.send(LEO)
    sending.stop(Stamp.get_by_id(stopped.id))
    Person.update(do_not_track=True).where(Person.id == world.people["carol"].id).execute()
    night = 12 * 3600  # seconds from noon to the next day in UTC

    for after in (60, 61, night - 1, night):
        record(hit(world.open_token(tracked), after=after))
    record(
        hit(world.open_token(stopped), after=60),
        hit(world.click_token(stopped), Kind.CLICK, after=70),
    )

    assert dropped() == [
        ("2026-11-20", "do_not_track", 3),
        ("2026-11-20", "stopped", 2),
        ("2026-11-21", "do_not_track", 1),
    ]
    for table in ("hit", "engagement", "agent"):
        assert db.rows(f"SELECT count(*) FROM {table}") == [(0,)]


def test_every_organisation_has_its_own_counts(world: World) -> None:
    stamped = world.send()
    sending.stop(Stamp.get_by_id(stamped.id))

    record(hit(world.open_token(stamped)))

    assert db.rows("SELECT org_id FROM dropped_hit") == [(world.alice.org_id,)]


def test_a_token_that_is_not_in_this_database_is_counted_nowhere(world: World) -> None:
    stray = world.host.keys.make(Kind.OPEN, NOON)

    assert record(hit(stray), hit(stray, Kind.UNSUBSCRIBE, headers={"action": "stop"})) == 0
    assert dropped() == []


def test_asking_not_to_be_tracked_denies_consent_with_proof(world: World) -> None:
    stamped = world.send(LEO)

    record(press(stamped, "stop"))

    assert consent_of(world, "leo") == "denied"
    assert db.rows("SELECT person_id, address, state, actor, how FROM consent_record") == [
        (world.people["leo"].id, LEO, "denied", "recipient", "stop-tracking page of a mail")
    ]
    assert db.rows("SELECT * FROM suppression") == []
    assert world.stamp(LEO).reason == "consent_denied"


def test_somebody_not_on_record_is_remembered_by_the_address(world: World) -> None:
    stamped = world.send(NOBODY)

    record(press(stamped, "stop"), hit(world.open_token(stamped), after=200))

    assert db.rows("SELECT address, reason FROM suppression") == [(NOBODY, "stop_tracking")]
    assert dropped() == [("2026-11-20", "consent_denied", 1)]
    assert world.stamp(NOBODY).reason == "consent_denied"


def test_everybody_who_shares_the_address_is_left_alone(world: World) -> None:
    org_id = world.alice.org_id
    twin = Person.create(org_id=org_id, name="Twin", kind="lead", source="test", external_id="twin")
    PersonAddress.create(org_id=org_id, person_id=twin.id, address=CAROL)
    stamped = world.send()

    record(press(stamped, "stop"))

    assert (consent_of(world, "carol"), Person.get_by_id(twin.id).consent) == ("denied", "denied")


@pytest.mark.parametrize("action", ["stop", "unsubscribe"])
def test_with_a_shared_copy_the_press_counts_for_all_who_got_it(world: World, action: str) -> None:
    stamped = world.send(CAROL, LEO, NOBODY)

    record(press(stamped, action))

    assert not any(each.is_measured for each in world.stamp(CAROL, LEO, NOBODY).recipients)
    refused = {address for (address,) in db.rows("SELECT address FROM suppression")}
    assert refused == ({NOBODY} if action == "stop" else {CAROL, LEO, NOBODY})


def test_with_a_copy_each_it_counts_for_that_reader_only(world: World) -> None:
    stamped = world.send(CAROL, LEO, per_recipient=True)

    record(press(stamped, "stop", LEO))

    assert (consent_of(world, "carol"), consent_of(world, "leo")) == ("unknown", "denied")


@pytest.mark.parametrize("action", ["stop", "unsubscribe"])
def test_the_reader_of_an_own_copy_is_heard_though_the_provider_does_not_tell_of_her(
    world: World, action: str
) -> None:
    stamped = world.send(NOBODY, LEO, per_recipient=True)
    sending.correct_recipients(Stamp.get_by_id(stamped.id), [Recipient("to", LEO)])

    record(press(stamped, action, NOBODY), hit(world.open_token(stamped, NOBODY), after=200))

    assert db.rows("SELECT address FROM suppression") == [(NOBODY,)]
    assert [hits for _, _, hits in dropped()] == [1]


def test_a_press_holds_for_the_whole_batch_and_is_shown_itself(world: World) -> None:
    stamped = world.send()

    stored = record(
        hit(world.open_token(stamped), after=90),
        press(stamped, "unsubscribe"),
        hit(world.open_token(stamped), after=110),
    )

    assert stored == 1
    assert [each["kind"] for each in world.engagements(stamped)] == ["unsubscribe"]
    assert dropped() == [("2026-11-20", "unsubscribed", 2)]


def test_a_press_on_a_mail_that_is_stopped_still_counts(world: World) -> None:
    stamped = world.send()
    sending.stop(Stamp.get_by_id(stamped.id))

    record(press(stamped, "unsubscribe"))

    assert db.rows("SELECT address, reason FROM suppression") == [(CAROL, "unsubscribed")]


def test_pressing_twice_is_pressing_once(world: World) -> None:
    stamped = world.send()
    first = press(stamped, "unsubscribe")

    record(first)
    record(first)
    record(press(stamped, "unsubscribe", after=300))

    assert db.rows("SELECT address, reason FROM suppression") == [(CAROL, "unsubscribed")]


def test_a_refusal_that_was_lifted_can_be_made_again(world: World) -> None:
    stamped = world.send()
    record(press(stamped, "unsubscribe"))
    Suppression.update(lifted_at=NOON + timedelta(minutes=5)).execute()
    measured = world.stamp().recipients[0].is_measured

    record(press(stamped, "unsubscribe", after=600))

    assert measured
    assert db.rows("SELECT lifted_at FROM suppression") == [(None,)]
    assert world.stamp().reason == "unsubscribed"


def test_after_lifting_hits_are_stored_again(world: World) -> None:
    stamped = world.send()
    record(press(stamped, "unsubscribe"))
    Suppression.update(lifted_at=NOON + timedelta(minutes=5)).execute()

    stored = record(hit(world.open_token(stamped), after=600))

    assert (stored, world.message(stamped).opens_total) == (1, 1)


def test_a_picture_whose_opens_are_switched_off_counts_nothing_its_links_do(world):
    stamped = world.send()
    Stamp.update(opens=False).where(Stamp.id == stamped.id).execute()

    assert record(hit(world.open_token(stamped))) == 0
    assert record(hit(world.click_token(stamped), Kind.CLICK)) == 1
    assert db.rows("SELECT reason, hits FROM dropped_hit") == [("switched_off", 1)]


def records() -> list[db.Row]:
    return db.rows("SELECT address, state, how FROM consent_record ORDER BY occurred_at, id")


REFUSED = "denied", "stop-tracking page of a mail"


@pytest.mark.parametrize("address", [CAROL, NOBODY])
def test_pressing_stop_again_and_again_is_one_refusal(world: World, address: str) -> None:
    stamped = world.send(address)

    record(*(press(stamped, "stop", after=100 + n) for n in range(30)))
    for after in (200, 300):
        record(press(stamped, "stop", after=after))

    assert records() == [(address, *REFUSED)]
    assert db.one("SELECT count(*) FROM hit") == (32,)


def test_a_refusal_after_a_change_of_mind_is_written_down_again(world: World) -> None:
    known, unknown = world.send(CAROL), world.send(NOBODY)
    record(press(known, "stop"), press(unknown, "stop"))
    Person.update(consent="granted").where(Person.id == world.people["carol"].id).execute()
    Suppression.update(lifted_at=NOON).execute()

    record(press(known, "stop", after=200), press(unknown, "stop", after=200))

    assert sorted(records()) == [(CAROL, *REFUSED)] * 2 + [(NOBODY, *REFUSED)] * 2
    assert consent_of(world, "carol") == "denied"
    assert Suppression.get().lifted_at is None


def test_a_recipients_refusal_is_written_down_beside_another_ones(world: World) -> None:
    carol, stamped = world.people["carol"], world.send()
    Person.update(consent="denied").where(Person.id == carol.id).execute()
    ConsentRecord.create(
        org_id=carol.org_id,
        person_id=carol.id,
        address=CAROL,
        state="denied",
        how="page",
        actor="a",
    )

    record(press(stamped, "stop"))

    assert records() == [(CAROL, "denied", "page"), (CAROL, *REFUSED)]


def test_each_of_two_recipients_refuses_for_herself(world: World) -> None:
    stamped = world.send(CAROL, LEO, per_recipient=True)

    record(press(stamped, "stop", CAROL), press(stamped, "unsubscribe", CAROL))
    record(press(stamped, "stop", LEO))

    assert sorted(records()) == [(CAROL, *REFUSED), (LEO, *REFUSED)]
    assert db.rows("SELECT address, reason FROM suppression") == [(CAROL, "unsubscribed")]
