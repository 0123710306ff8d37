"""When a mail was sent, as told by whoever knows, and the end of its tracking."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from backend import clock, db
from backend.models.mail import EmailMessage, Participant, SelfView, Stamp
from backend.models.org import Organization
from backend.tracking import engagements, stamp_record
from backend.tracking.drafts import Recipient, State
from backend.tracking.policy import Policy, judge


class Source(StrEnum):
    """Who says so, the least certain first; a better one corrects a lesser one."""

    PROVISIONAL = "provisional"
    SENDER = "sender"
    RELAY = "relay"
    PROVIDER = "provider"


_RANK = {source: rank for rank, source in enumerate(Source)}


def confirm(stamp: Stamp, sent_at: datetime, source: Source, internet_message_id: str = "") -> None:
    """Record that the mail was sent; hits that waited or were judged by another time are re-judged.

    A less certain source than the one known changes nothing. Saying the same twice changes nothing.
    """
    known = _RANK[Source(stamp.sent_at_source)] if stamp.sent_at_source else -1
    if known > _RANK[source]:
        return
    has_moved = stamp.sent_at != sent_at
    with db.transaction():
        stamp.sent_at, stamp.sent_at_source = sent_at, source
        if stamp.state in {State.ARMED, State.STAMPED}:
            stamp.state = State.SENT
        stamp.updated_at = clock.now()
        stamp.save()
        changes: dict[str, object] = {"sent_at": sent_at, "status": "sent"}
        if internet_message_id:
            changes["internet_message_id"] = internet_message_id
        EmailMessage.update(**changes).where(EmailMessage.id == stamp.message_id).execute()
        if has_moved:
            engagements.rejudge([stamp.id])


def correct_recipients(stamp: Stamp, recipients: Sequence[Recipient]) -> None:
    """Take over whom the mail really went to; each is judged anew by today's policy."""
    policy = Policy.of(Organization.get_by_id(stamp.org_id).policy)
    with db.transaction():
        sender = Participant.get_or_none(
            Participant.message_id == stamp.message_id, Participant.role == "from"
        )
        judgements = judge(stamp.org_id, policy, (who.address for who in recipients))
        stamp_record.write_participants(
            stamp, sender.address if sender else "", recipients, judgements
        )


def stop(stamp: Stamp) -> None:
    """Stop tracking this mail: later hits are not stored, its links go on working."""
    if stamp.state != State.STOPPED:
        stamp.state, stamp.updated_at = State.STOPPED, clock.now()
        stamp.save()


def self_view(stamp: Stamp) -> None:
    """Note that the sender looks at this mail now: the open this causes is her own."""
    with db.transaction():
        SelfView.create(org_id=stamp.org_id, stamp_id=stamp.id, occurred_at=clock.now())
        engagements.rejudge([stamp.id])
