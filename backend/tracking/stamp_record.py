"""The rows of a stamp call: the stamp, its message and who takes part."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from backend import clock, db
from backend.errors import Conflict, NotFound
from backend.models.mail import EmailMessage, Stamp
from backend.models.org import User
from backend.tracking.drafts import Channel, Draft, Recipient, State
from backend.tracking.policy import Judgement, Sharing
from backend.tracking.summaries import tell_users

PROVISIONAL = "provisional"  # the source of a send that a panel has told of
_STAMP_COLUMNS = tuple(Stamp._meta.fields)
_PARTICIPANT_COLUMNS = {
    "id": "uuid",
    "org_id": "uuid",
    "message_id": "uuid",
    "position": "integer",
    "role": "text",
    "address": "text",
    "name": "text",
    "person_id": "uuid",
    "decision": "text",
    "reason": "text",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call comes to: a refusal and the body's digest, "" where there is none (yet).

    `visibility` is who else sees the mail if it is a new one.
    """

    refusal: str
    digest: str
    link_count: int
    is_per_recipient: bool
    is_aggregate: bool
    visibility: str = Sharing.TEAM


def lock(sender: User, compose_id: str | None) -> None:
    """Let calls with one compose id pass one after the other, for the length of the transaction.

    SQLite's transaction holds the write lock already; on PostgreSQL two first calls would both find
    no row. In a pipeline nobody waits for it here, but whatever is asked next does.
    """
    if compose_id is not None and db.is_postgres():
        db.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{sender.id} {compose_id}"]
        )


def hold_mails(message_ids: Iterable[str]) -> None:
    """Let whoever works on these mails and their stamps end, and nobody begin, until we are done.

    Before they are merged or erased: what a drain puts in meanwhile would be left behind. Stamps
    first, as whoever confirms a send takes them.
    """
    if not db.is_postgres():
        return  # one transaction at a time anyway
    wanted = db.many(message_ids)
    for table, column in (("stamp", "message_id"), ("email_message", "id")):
        db.rows(
            f"SELECT id FROM {table} WHERE {column} {db.among('uuid')} ORDER BY id FOR UPDATE",
            [wanted],
        )


def locked(stamp_id: str) -> Stamp:
    """The stamp as it is now, unchangeable for others until the transaction ends.

    Raises NotFound.
    """
    row = found(stamp_id)
    if row is None:
        raise NotFound("problems.mail_gone")
    return row


def found(stamp_id: str) -> Stamp | None:
    """The same, None where there is no such stamp any more."""
    return _find("id = %s", [stamp_id])


def write(draft: Draft, sender: User, outcome: Outcome) -> tuple[Stamp, bool]:
    """Insert or update the stamp of this draft; the stamp, and whether it is a new one.

    Whom it goes to is for `write_recipients`. Once it is settled nothing changes any more. Raises
    Conflict when it was sent with other content than now given. One that Outlook stamps at its send
    again never left, whatever was said of it: what keeps its compose id ends with the draft
    (Office.SessionData).
    """
    known = _known(draft, sender)
    if known is not None and _is_sent_again(draft, known):
        _take_back_send(known)
    if known is not None and is_settled(known):
        if known.sent_at is not None and outcome.digest not in {"", known.content_digest}:
            raise Conflict("problems.mail_other_content")
        return known, False
    row = known or _new(draft, sender, outcome.visibility)
    row.opens, row.links = draft.opens, draft.links
    row.is_per_recipient, row.is_aggregate = outcome.is_per_recipient, outcome.is_aggregate
    row.link_count = outcome.link_count
    row.content_digest, row.reason = outcome.digest, str(outcome.refusal)
    row.state = answered_state(row).value
    row.updated_at = clock.now()
    row.indexed_at = None  # its subject and links may be others now
    if known is None:
        _insert(row)
    else:
        _update(row)
        db.execute(
            "UPDATE email_message SET subject = %s WHERE id = %s", [draft.subject, row.message_id]
        )
        tell_users([row.user_id])  # it may be in the Feed already, before anybody sent it
    return row, known is None


def write_recipients(
    row: Stamp, draft: Draft, judgements: Mapping[str, Judgement], *, is_new: bool
) -> None:
    """Make the people of the draft those of its stamp, unless that is settled."""
    if is_settled(row):
        return
    if not is_new:
        _delete_participants(row)
    _insert_participants(row, draft.sender, draft.recipients, judgements)


def is_settled(row: Stamp) -> bool:
    """Whether the mail is sent or its tracking stopped: its stamp and copies stay as they are."""
    return row.sent_at is not None or row.state == State.STOPPED


def _is_sent_again(draft: Draft, row: Stamp) -> bool:
    is_at_send = draft.channel is Channel.OUTLOOK and draft.html is not None
    return is_at_send and row.sent_at_source == PROVISIONAL and row.state != State.STOPPED


def _take_back_send(row: Stamp) -> None:
    row.sent_at, row.sent_at_source = None, ""
    db.execute(
        "UPDATE email_message SET sent_at = NULL, status = 'draft', record_due = TRUE"
        " WHERE id = %s",
        [row.message_id],
    )


def answered_state(row: Stamp) -> State:
    """What was done with the body: armed, stamped or untracked, also when the mail is sent."""
    if row.reason:
        return State.UNTRACKED
    return State.STAMPED if row.content_digest else State.ARMED


def write_participants(
    row: Stamp, sender: str, recipients: Sequence[Recipient], judgements: Mapping[str, Judgement]
) -> None:
    """Make these the people of the stamp's message, whoever they were before."""
    db.execute("UPDATE email_message SET record_due = TRUE WHERE id = %s", [row.message_id])
    _delete_participants(row)
    _insert_participants(row, sender, recipients, judgements)


def _delete_participants(row: Stamp) -> None:
    db.execute("DELETE FROM participant WHERE message_id = %s", [row.message_id])


def _insert_participants(
    row: Stamp, sender: str, recipients: Sequence[Recipient], judgements: Mapping[str, Judgement]
) -> None:
    everyone = [_participant(row, -1, Recipient("from", sender), None)] if sender else []
    everyone += [
        _participant(row, position, who, judgements[who.address])
        for position, who in enumerate(recipients)
    ]
    db.add_rows("participant", _PARTICIPANT_COLUMNS, everyone)


def _known(draft: Draft, sender: User) -> Stamp | None:
    if draft.compose_id is None:
        return None
    key = [sender.org_id, sender.id, draft.compose_id]
    return _find("org_id = %s AND user_id = %s AND compose_id = %s", key)


def _find(where: str, params: Sequence[object]) -> Stamp | None:
    # Locked, because a confirmed send may be written at this very moment. As SQL text, as below.
    lock = " FOR UPDATE" if db.is_postgres() else ""
    row = db.one(f"SELECT {', '.join(_STAMP_COLUMNS)} FROM stamp WHERE {where}{lock}", params)
    return None if row is None else Stamp(**dict(zip(_STAMP_COLUMNS, row, strict=True)))


def _new(draft: Draft, sender: User, visibility: str) -> Stamp:
    """A stamp that is not in the table yet, of a message that is."""
    message = EmailMessage(
        org_id=sender.org_id,
        user_id=sender.id,
        direction="sent",
        status="draft",
        subject=draft.subject,
        visibility=visibility,
    )
    _insert(message)
    return Stamp(
        org_id=sender.org_id,
        user_id=sender.id,
        message_id=message.id,
        channel=draft.channel.value,
        compose_id=draft.compose_id,
    )


def _insert(row: Stamp | EmailMessage) -> None:
    # As SQL text: peewee takes 0.3 ms to write it, a tenth of the whole call.
    table = "stamp" if isinstance(row, Stamp) else "email_message"
    values = row.__data__
    marks = ", ".join(["%s"] * len(values))
    db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", [*values.values()])


def _update(row: Stamp) -> None:
    # As SQL text too: with peewee's the call took a tenth longer.
    values = row.__data__
    changes = ", ".join(f"{name} = %s" for name in values)
    db.execute(f"UPDATE stamp SET {changes} WHERE id = %s", [*values.values(), row.id])


def _participant(
    row: Stamp, position: int, who: Recipient, judgement: Judgement | None
) -> tuple[object, ...]:
    return (
        clock.new_id(),
        row.org_id,
        row.message_id,
        position,
        who.role,
        who.address,
        who.name,
        judgement.person_id if judgement else None,
        judgement.decision.value if judgement else "",
        judgement.reason.value if judgement else "",
    )
