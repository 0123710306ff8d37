"""When a mail was sent and by whose word, whom it went to, and the end of its tracking."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture import purging
from backend.errors import NotFound
from backend.models.mail import Participant, Stamp
from backend.tracking import sending
from backend.tracking.drafts import Recipient, Stamped
from backend.tracking.facts import Kind
from backend.tracking.sending import Source
from tests.world import CAROL, DANA, LEO, NOON, World, hit, record

LATER = NOON + timedelta(minutes=5)


def row(stamped: Stamped) -> Stamp:
    found: Stamp = Stamp.get_by_id(stamped.id)
    return found


@pytest.mark.parametrize("known", Source)
@pytest.mark.parametrize("later", Source)
def test_a_word_is_corrected_only_by_one_at_least_as_certain(
    world: World, known: Source, later: Source
) -> None:
    ranks = [Source.PROVISIONAL, Source.SENDER, Source.RELAY, Source.PROVIDER]
    stamped = world.stamp()
    sending.confirm(row(stamped), NOON, known)

    sending.confirm(row(stamped), LATER, later)

    is_corrected = ranks.index(later) >= ranks.index(known)
    expected = (LATER, later) if is_corrected else (NOON, known)
    assert (row(stamped).sent_at, row(stamped).sent_at_source) == expected
    assert world.message(stamped).sent_at == expected[0]


def test_a_confirmed_mail_is_sent(world: World) -> None:
    stamped = world.stamp()

    sending.confirm(row(stamped), NOON, Source.RELAY, "<1@ours.test>")

    message = world.message(stamped)
    assert (row(stamped).state, message.status) == ("sent", "sent")
    assert (message.sent_at, message.internet_message_id) == (NOON, "<1@ours.test>")


@pytest.mark.parametrize("state", ["untracked", "stopped"])
def test_a_mail_that_is_not_tracked_stays_so_when_it_is_sent(world: World, state: str) -> None:
    stamped = world.stamp(DANA if state == "untracked" else CAROL)
    if state == "stopped":
        sending.stop(row(stamped))

    sending.confirm(row(stamped), NOON, Source.PROVIDER)

    assert (row(stamped).state, row(stamped).sent_at) == (state, NOON)


def test_saying_the_same_twice_changes_nothing_at_all(world: World) -> None:
    stamped = world.stamp()
    sending.confirm(row(stamped), NOON, Source.SENDER, "<1@ours.test>")
    before = (row(stamped).__data__, world.message(stamped).__data__)

    sending.confirm(row(stamped), NOON, Source.SENDER, "<1@ours.test>")
    sending.confirm(row(stamped), NOON, Source.PROVISIONAL)
    sending.confirm(row(stamped), None, Source.SENDER)

    assert (row(stamped).__data__, world.message(stamped).__data__) == before


def test_without_a_time_it_is_now_and_stays_when_said_again(world: World) -> None:
    stamped, before = world.stamp(), clock.now()

    sending.confirm(row(stamped), None, Source.PROVISIONAL)
    first = row(stamped).sent_at
    sending.confirm(row(stamped), None, Source.PROVISIONAL)

    assert first is not None
    assert before <= first <= clock.now()
    assert row(stamped).sent_at == first


def test_a_better_word_for_the_same_time_is_remembered_as_such(world: World) -> None:
    stamped = world.send()

    sending.confirm(row(stamped), NOON, Source.PROVIDER)

    assert row(stamped).sent_at_source == "provider"


def test_an_id_that_comes_later_is_added_and_none_is_taken_away(world: World) -> None:
    stamped = world.send()

    sending.confirm(row(stamped), NOON, Source.PROVIDER, "<1@ours.test>")
    sending.confirm(row(stamped), NOON, Source.PROVIDER)

    assert world.message(stamped).internet_message_id == "<1@ours.test>"


@pytest.mark.req("R29")
def test_each_correction_judges_the_hits_anew(world: World) -> None:
    stamped = world.stamp()
    record(hit(world.open_token(stamped), after=60))
    verdicts = []

    for at, source in ((NOON, Source.PROVISIONAL), (LATER, Source.RELAY), (NOON, Source.PROVIDER)):
        sending.confirm(row(stamped), at, source)
        (found,) = world.engagements(stamped)
        verdicts.append((found["verdict"], found["is_counted"], world.message(stamped).opens_total))

    assert verdicts == [("human", True, 1), ("self", False, 0), ("human", True, 1)]


def test_a_stop_is_not_undone_by_a_caller_who_has_not_seen_it(world: World) -> None:
    stamped = world.stamp()
    stale = row(stamped)
    sending.stop(row(stamped))

    sending.confirm(stale, NOON, Source.PROVIDER)

    assert row(stamped).state == "stopped"


def test_a_stop_does_not_undo_a_send_it_has_not_seen(world: World) -> None:
    stamped = world.stamp()
    stale = row(stamped)
    world.confirm(stamped, NOON)

    sending.stop(stale)

    assert (row(stamped).state, row(stamped).sent_at, row(stamped).reason) == ("stopped", NOON, "")


@pytest.mark.req("R30")
def test_a_stopped_mail_keeps_what_it_had_and_its_links_work_on(world: World) -> None:
    stamped = world.send()
    record(hit(world.open_token(stamped), after=60))

    sending.stop(row(stamped))
    sending.stop(row(stamped))
    record(hit(world.click_token(stamped), Kind.CLICK, after=600))

    assert (world.message(stamped).opens_total, world.message(stamped).click_count) == (1, 0)
    assert db.rows("SELECT url FROM link_target") == [("https://example.com/a",)]


def test_recipients_are_corrected_by_whom_it_really_went_to(world: World) -> None:
    stamped = world.send()

    sending.correct_recipients(row(stamped), [Recipient("to", LEO), Recipient("cc", DANA)])

    assert [
        (each.role, each.address, each.reason)
        for each in Participant.select().order_by(Participant.position)
    ] == [
        ("from", "alice@ours.test", ""),
        ("to", LEO, "consent_given"),
        ("cc", DANA, "do_not_track"),
    ]


NAMED: tuple[tuple[str, list[str], str | None], ...] = (
    ("it went to two", [CAROL, LEO], None),
    ("it went to another", [LEO], "leo"),
    ("it went to nobody we know of", [], None),
)


@pytest.mark.req("R25")
@pytest.mark.parametrize(("why", "to", "named"), NAMED, ids=[row[0] for row in NAMED])
def test_a_pixel_names_whom_the_mail_went_to_after_all(
    world: World, why: str, to: list[str], named: str | None
) -> None:
    stamped = world.send()

    sending.correct_recipients(row(stamped), [Recipient("to", address) for address in to])
    record(hit(world.open_token(stamped)))

    (found,) = world.engagements(stamped)
    assert found["person_id"] == (world.people[named].id if named else None), why


@pytest.mark.parametrize(("why", "to", "named"), NAMED, ids=[row[0] for row in NAMED])
def test_hits_before_the_correction_name_the_same(
    world: World, why: str, to: list[str], named: str | None
) -> None:
    stamped = world.send()
    record(hit(world.open_token(stamped)))

    sending.correct_recipients(row(stamped), [Recipient("to", address) for address in to])

    (found,) = world.engagements(stamped)
    assert found["person_id"] == (world.people[named].id if named else None), why


def test_own_copies_stay_their_readers_when_recipients_are_corrected(world: World) -> None:
    stamped = world.send(CAROL, LEO, per_recipient=True)

    sending.correct_recipients(row(stamped), [Recipient("to", CAROL)])

    assert {address for (address,) in db.rows("SELECT address FROM stamp_copy")} == {CAROL, LEO}


def test_somebody_added_to_a_shared_mail_who_may_not_be_measured_ends_it(world: World) -> None:
    stamped = world.send()

    sending.correct_recipients(row(stamped), [Recipient("to", CAROL), Recipient("cc", DANA)])

    assert record(hit(world.open_token(stamped))) == 0
    assert db.rows("SELECT reason FROM dropped_hit") == [("do_not_track",)]


def test_recipients_and_time_are_told_together_or_not_at_all(world: World) -> None:
    stamped = world.stamp(CAROL)
    told = NOON.replace(tzinfo=None)

    with pytest.raises(ValueError, match="without a zone"):
        sending.confirm(row(stamped), told, Source.SENDER, recipients=[Recipient("to", LEO)])

    message = row(stamped).message_id
    to = Participant.select().where(Participant.message_id == message, Participant.role == "to")
    assert [who.address for who in to] == [CAROL]


@pytest.mark.req("R23")
def test_the_sender_who_looks_now_has_opened_it_herself(world: World) -> None:
    stamped = world.send()
    now = clock.now()
    after = (now - NOON).total_seconds()
    record(hit(world.open_token(stamped), after=after), hit(world.open_token(stamped), after=60))

    sending.self_view(row(stamped))

    verdicts = [each["verdict"] for each in world.engagements(stamped)]
    assert sorted(verdicts) == ["human", "self"]
    assert world.message(stamped).opens_total == 1


def test_looking_at_a_mail_that_is_gone_meanwhile_is_told_so(world: World) -> None:
    stamp = row(world.send())
    with db.transaction():
        purging.purge([stamp.message_id])

    with pytest.raises(NotFound):
        sending.self_view(stamp)


@pytest.mark.req("R11")
def test_a_disarmed_draft_stores_nothing_until_it_is_armed_again(world):
    values = {"html": None, "compose_id": "one"}
    stamped = world.stamp(**values)
    sending.disarm(Stamp.get_by_id(stamped.id))
    assert Stamp.get_by_id(stamped.id).state == "disarmed"
    assert record(hit(world.open_token(stamped))) == 0

    assert world.stamp(**values).id == stamped.id

    assert Stamp.get_by_id(stamped.id).state == "armed"
    assert record(hit(world.open_token(stamped), after=90)) == 1


def test_a_sent_mail_is_not_disarmed(world):
    stamped = world.send()

    sending.disarm(Stamp.get_by_id(stamped.id))

    assert Stamp.get_by_id(stamped.id).state == "sent"
