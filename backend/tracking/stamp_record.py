"""The rows of a stamp call: the stamp, its message and who takes part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend import clock, db
from backend.errors import Conflict
from backend.models.mail import EmailMessage, Participant, Stamp
from backend.models.org import User
from backend.tracking.drafts import Draft, Recipient, State
from backend.tracking.policy import Judgement


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call comes to: a refusal ("" = none), the body's digest ("" = no body yet), and
    how many different links it has.
    """

    refusal: str
    digest: str
    link_count: int
    is_per_recipient: bool
    is_aggregate: bool

    @property
    def state(self) -> State:
        """The stamp's state after this call."""
        return _state_of(self.refusal, self.digest)


def lock(sender: User, compose_id: str | None) -> None:
    """Let calls with one compose id pass one after the other, for the length of the transaction.

    SQLite's transaction holds the write lock already; on PostgreSQL two first calls would both find
    no row.
    """
    if compose_id is not None and db.is_postgres():
        db.one(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{sender.id} {compose_id}"]
        )


def write(
    draft: Draft, sender: User, judgements: Mapping[str, Judgement], outcome: Outcome
) -> Stamp:
    """Insert or update the stamp of this draft and return it.

    After the mail is sent nothing changes any more. Raises Conflict when it was sent with other
    content than now given.
    """
    row = _known(draft, sender) or _new(draft, sender)
    if row.sent_at is not None or row.state == State.STOPPED:
        if outcome.digest and row.content_digest and outcome.digest != row.content_digest:
            raise Conflict("This mail was sent with other content; use a new compose_id.")
        return row
    row.opens, row.links = draft.opens, draft.links
    row.is_per_recipient, row.is_aggregate = outcome.is_per_recipient, outcome.is_aggregate
    row.link_count = outcome.link_count
    row.state, row.reason = outcome.state, outcome.refusal
    row.content_digest = outcome.digest
    row.updated_at = clock.now()
    row.save()
    EmailMessage.update(subject=draft.subject).where(EmailMessage.id == row.message_id).execute()
    write_participants(row, draft.sender, draft.recipients, judgements)
    return row


def answered_state(row: Stamp) -> State:
    """What was done with the body: armed, stamped or untracked, also when the mail is sent."""
    return _state_of(row.reason, row.content_digest)


def _state_of(refusal: str, digest: str) -> State:
    if refusal:
        return State.UNTRACKED
    return State.STAMPED if digest else State.ARMED


def _known(draft: Draft, sender: User) -> Stamp | None:
    if draft.compose_id is None:
        return None
    found: Stamp | None = Stamp.get_or_none(
        org_id=sender.org_id, user_id=sender.id, compose_id=draft.compose_id
    )
    return found


def _new(draft: Draft, sender: User) -> Stamp:
    message = EmailMessage.create(
        org_id=sender.org_id,
        user_id=sender.id,
        direction="sent",
        status="draft",
        subject=draft.subject,
    )
    return Stamp.create(
        org_id=sender.org_id,
        user_id=sender.id,
        message_id=message.id,
        channel=draft.channel,
        compose_id=draft.compose_id,
        state=State.ARMED,
    )


def write_participants(
    row: Stamp, sender: str, recipients: Sequence[Recipient], judgements: Mapping[str, Judgement]
) -> None:
    """Make these the people of the stamp's message, whoever they were before."""
    Participant.delete().where(Participant.message_id == row.message_id).execute()
    everyone = [_participant(row, -1, Recipient("from", sender), None)] if sender else []
    everyone += [
        _participant(row, position, who, judgements[who.address])
        for position, who in enumerate(recipients)
    ]
    if everyone:
        Participant.insert_many(everyone).execute()


def _participant(
    row: Stamp, position: int, who: Recipient, judgement: Judgement | None
) -> dict[str, object]:
    return {
        "id": clock.new_id(),
        "org_id": row.org_id,
        "message_id": row.message_id,
        "position": position,
        "role": who.role,
        "address": who.address,
        "name": who.name,
        "person_id": judgement.person_id if judgement else None,
        "decision": judgement.decision if judgement else "",
        "reason": judgement.reason if judgement else "",
    }
