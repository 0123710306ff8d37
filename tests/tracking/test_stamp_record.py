"""The rows behind a stamp call."""

import pytest

from backend import clock, db
from backend.errors import Conflict, NotFound
from backend.models.mail import EmailMessage, Participant, Stamp
from backend.tracking import stamp_record
from backend.tracking.drafts import Channel, Draft, Recipient, State
from backend.tracking.policy import Policy, judge
from backend.tracking.stamp_record import Outcome
from tests.world import CAROL, LEO, NOON, World

PLAIN = Outcome("", "digest", 1, is_per_recipient=False, is_aggregate=False)


def write(world: World, *to: str, outcome: Outcome = PLAIN, **changes: object) -> Stamp:
    """Record a draft of alice's to these addresses."""
    values: dict[str, object] = {
        "channel": Channel.API,
        "sender": world.alice.email,
        "subject": "Offer",
        "recipients": tuple(Recipient("to", address) for address in to),
        "opens": True,
        "links": True,
        "compose_id": "draft-1",
    }
    draft = Draft(**(values | changes))
    judgements = judge(world.alice.org_id, Policy(), to)
    with db.transaction():
        stamp_record.lock(world.alice, draft.compose_id)
        row, is_new = stamp_record.write(draft, world.alice, outcome)
        stamp_record.write_recipients(row, draft, judgements, is_new=is_new)
        return row


@pytest.mark.parametrize(
    ("why", "outcome", "state"),
    [
        ("no body yet", Outcome("", "", 0, is_per_recipient=False, is_aggregate=False), "armed"),
        ("a body", PLAIN, "stamped"),
        (
            "a refusal",
            Outcome("do_not_track", "d", 0, is_per_recipient=False, is_aggregate=False),
            "untracked",
        ),
    ],
)
def test_a_new_draft_has_its_rows(world: World, why: str, outcome: Outcome, state: str) -> None:
    made = write(world, CAROL, outcome=outcome)

    row, message = Stamp.get_by_id(made.id), EmailMessage.get_by_id(made.message_id)
    assert (row.state, row.reason) == (state, outcome.refusal), why
    assert stamp_record.answered_state(row) == State(state)
    assert (row.org_id, row.user_id) == (world.alice.org_id, world.alice.id)
    assert (message.status, message.direction, message.subject) == ("draft", "sent", "Offer")


def test_a_repeat_changes_the_same_rows(world: World) -> None:
    first = write(world, CAROL)

    again = write(world, LEO, subject="Better offer", links=False)

    assert (again.id, again.message_id) == (first.id, first.message_id)
    assert EmailMessage.get_by_id(first.message_id).subject == "Better offer"
    assert (Stamp.get_by_id(first.id).links, EmailMessage.select().count()) == (False, 1)
    assert [each.address for each in Participant.select().order_by(Participant.position)] == [
        world.alice.email,
        LEO,
    ]


def test_once_sent_nothing_changes_but_other_content_is_told(world: World) -> None:
    first = write(world, CAROL)
    Stamp.update(sent_at=NOON).where(Stamp.id == first.id).execute()
    before = db.rows("SELECT * FROM stamp"), db.rows("SELECT * FROM participant")

    same = write(world, LEO, subject="Other")
    no_body = write(world, outcome=Outcome("", "", 0, is_per_recipient=False, is_aggregate=False))

    assert same.id == no_body.id == first.id
    assert (db.rows("SELECT * FROM stamp"), db.rows("SELECT * FROM participant")) == before
    with pytest.raises(Conflict):
        write(world, outcome=Outcome("", "x", 1, is_per_recipient=False, is_aggregate=False))


def test_a_stopped_draft_takes_other_content_and_stays_stopped(world: World) -> None:
    first = write(world, CAROL)
    Stamp.update(state=State.STOPPED).where(Stamp.id == first.id).execute()

    again = write(world, outcome=Outcome("", "x", 1, is_per_recipient=False, is_aggregate=False))

    assert (again.state, stamp_record.is_settled(again)) == ("stopped", True)


def test_a_draft_without_a_sender_or_recipients_has_no_participants(world: World) -> None:
    write(world, sender="")

    assert Participant.select().count() == 0


def test_the_same_address_may_stand_in_two_roles(world: World) -> None:
    write(world, CAROL, recipients=(Recipient("to", CAROL), Recipient("cc", CAROL)))

    assert [each.role for each in Participant.select().order_by(Participant.position)] == [
        "from",
        "to",
        "cc",
    ]


def test_a_stamp_is_locked_as_it_is_now(world: World) -> None:
    made = write(world, CAROL)
    Stamp.update(reason="other").where(Stamp.id == made.id).execute()

    with db.transaction():
        found = stamp_record.locked(made.id)

    assert found.reason == "other"
    with pytest.raises(NotFound):
        stamp_record.locked(clock.new_id())
