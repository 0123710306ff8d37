"""When a mail was sent, as told by whoever knows, and the end of its tracking."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from backend import clock, db
from backend.models.fields import in_utc
from backend.models.mail import Participant, SelfView, Stamp
from backend.tracking import copies, engagements, hits, stamp_record
from backend.tracking.drafts import Recipient, State
from backend.tracking.policy import judge_by_own_policy


class Source(StrEnum):
    """Who says so, the least certain first; a better one corrects a lesser one."""

    PROVISIONAL = stamp_record.PROVISIONAL
    SENDER = "sender"
    RELAY = "relay"
    PROVIDER = "provider"


_RANK = {source: rank for rank, source in enumerate(Source)}


def confirm(
    stamp: Stamp,
    sent_at: datetime | None,
    source: Source,
    internet_message_id: str = "",
    recipients: Sequence[Recipient] | None = None,
) -> None:
    """Record that the mail was sent; hits that waited or were judged by another time are re-judged.

    Without a time it is the known one, else now: a call that is repeated moves nothing. A less
    certain source than the one known changes nothing of the time, nor does saying the same twice.
    Recipients, where they are told, replace the known ones (`correct_recipients`).
    """
    with db.transaction():
        if recipients is not None:
            correct_recipients(stamp, recipients)
        _take(stamp_record.locked(stamp.id), sent_at, source, internet_message_id)


def confirm_first(
    stamp: Stamp, sent_at: datetime, source: Source, internet_message_id: str
) -> None:
    """The same within the caller's transaction, unless this source has said so before.

    A mail that comes again, for other recipients or after a refusal, was sent when it first was.
    Nothing is said of a stamp that is gone.
    """
    row = stamp_record.found(stamp.id)
    if row is not None and row.sent_at_source != source:
        _take(row, sent_at, source, internet_message_id)


def correct_recipients(stamp: Stamp, recipients: Sequence[Recipient]) -> None:
    """Take over whom the mail really went to; each is judged anew by today's policy.

    A pixel that turns out to be shared names nobody any more, also for the hits it had.
    """
    addresses = [who.address for who in recipients]
    _, judgements = judge_by_own_policy(stamp.org_id, addresses)
    with db.transaction():
        row = stamp_record.locked(stamp.id)
        sender = Participant.get_or_none(
            Participant.message_id == row.message_id, Participant.role == "from"
        )
        stamp_record.write_participants(
            row, sender.address if sender else "", recipients, judgements
        )
        copies.correct_reader(row, addresses)
        engagements.rejudge([row.id])


def stop(stamp: Stamp) -> None:
    """Stop tracking this mail: later hits are not stored, its links go on working.

    One that is not sent yet is not stamped again either.
    """
    with db.transaction():
        row = stamp_record.locked(stamp.id)
        if row.state != State.STOPPED:
            row.state, row.updated_at = State.STOPPED, clock.now()
            row.reason = row.reason or ("" if row.sent_at else State.STOPPED)
            row.save()


def disarm(stamp: Stamp) -> None:
    """Switch a draft's tracking off: what its tokens fetch is not stored until it is armed again.

    Nothing changes once the mail is sent or its tracking stopped.
    """
    with db.transaction():
        row = stamp_record.locked(stamp.id)
        if not stamp_record.is_settled(row):
            row.state, row.updated_at = State.DISARMED, clock.now()
            row.save()


def self_view(stamp: Stamp) -> None:
    """Note that the sender looks at this mail now: the open this causes is her own.

    Raises NotFound where the mail is gone meanwhile.
    """
    with db.transaction():
        row = stamp_record.locked(stamp.id)
        now = clock.now()
        SelfView.create(org_id=row.org_id, stamp_id=row.id, occurred_at=now)
        engagements.rejudge_around(row.id, now)


def _take(row: Stamp, told: datetime | None, source: Source, internet_message_id: str) -> None:
    if row.sent_at_source and _RANK[Source(row.sent_at_source)] > _RANK[source]:
        return
    sent_at = in_utc(told or row.sent_at) or clock.now()
    has_moved = row.sent_at != sent_at
    if has_moved or row.sent_at_source != source:
        _note(row, sent_at, source)
    changes: dict[str, object] = {"sent_at": sent_at, "status": "sent"} if has_moved else {}
    if internet_message_id.isascii() and internet_message_id:  # others fit no index
        changes["internet_message_id"] = internet_message_id
    if changes:
        columns = "".join(f"{name} = %s, " for name in changes)
        db.execute(
            f"UPDATE email_message SET {columns}record_due = TRUE WHERE id = %s",
            [*changes.values(), row.message_id],
        )
    if has_moved and hits.has_any(row.id):
        engagements.rejudge([row.id])


def _note(row: Stamp, sent_at: datetime, source: Source) -> None:
    # As SQL text: peewee takes longer to write it than the database to do it.
    state = State.SENT if row.state in {State.ARMED, State.STAMPED} else row.state
    db.execute(
        "UPDATE stamp SET sent_at = %s, sent_at_source = %s, state = %s, updated_at = %s"
        " WHERE id = %s",
        [sent_at, source.value, str(state), clock.now(), row.id],
    )
