"""One mail of the record: who takes part and how they were matched, whose it is, what is kept."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from backend import db
from backend.insights import blind
from backend.insights.viewer import Viewer, visible_message


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody on the mail, whom the address was taken for, and by which rule."""

    role: str
    address: str
    name: str
    person_id: str | None
    person: str
    rule: str


@dataclass(frozen=True, slots=True)
class Report:
    """What came back about the mail for one address: a bounce."""

    address: str
    action: str
    code: str
    reason: str
    is_hard: bool
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Captured:
    """The mail. `mailboxes` are those of the viewer that hold it; `sharing` what she shares of it.

    `text` is None where none is kept. `sharing` is "" for a mail that is not hers to share.
    `joined_by` is by what its stamp was known (capture.joining), "" for a mail without one.
    """

    id: str
    stamp_id: str | None
    direction: str
    kind: str
    subject: str
    sent_at: datetime | None
    captured_at: datetime | None
    replied_at: datetime | None
    owner: str
    reply_to_id: str | None
    text: str | None
    participants: list[Participant]
    reports: list[Report]
    mailboxes: list[str]
    sharing: str
    joined_by: str


def one(viewer: Viewer, message_id: str) -> Captured:
    """The mail as the viewer may see it. Raises NotFound."""
    visible_message(viewer, message_id)
    row = db.one(
        "SELECT m.id, (SELECT min(CAST(s.id AS text)) FROM stamp s WHERE s.message_id = m.id),"
        " m.direction, m.kind, m.subject, m.sent_at, m.captured_at, m.replied_at, u.name,"
        " m.reply_to_id, t.text, m.user_id, m.visibility,"
        " coalesce((SELECT max(s.joined_by) FROM stamp s WHERE s.message_id = m.id), '')"
        " FROM email_message m"
        ' JOIN "user" u ON u.id = m.user_id LEFT JOIN message_body t ON t.message_id = m.id'
        " WHERE m.id = %s",
        [message_id],
    )
    assert row
    facts, (owner_id, visibility, joined_by) = row[:-3], row[-3:]
    is_owner = owner_id == viewer.user_id
    copies = _copies(viewer, message_id)
    own_copy = next((shared for _, shared in copies), "")
    whole: tuple[Any, ...] = (
        *facts,
        _participants(message_id, with_blind=is_owner),
        _reports(message_id, with_blind=is_owner),
        [address for address, _ in copies],
        visibility if is_owner else own_copy,
        joined_by,
    )
    found = Captured(*whole)
    told = blind.counters([message_id], viewer.user_id).get(message_id)
    return replace(found, replied_at=told["replied_at"]) if told else found


def _participants(message_id: str, *, with_blind: bool) -> list[Participant]:
    return [
        Participant(*row)
        for row in db.rows(
            "SELECT t.role, t.address, t.name, t.person_id, coalesce(p.name, ''), t.rule"
            " FROM participant t LEFT JOIN person p ON p.id = t.person_id"
            " WHERE t.message_id = %s ORDER BY t.position, t.role",
            [message_id],
        )
        if with_blind or row[0] != "bcc"
    ]


def _reports(message_id: str, *, with_blind: bool) -> list[Report]:
    seen = (
        " AND NOT EXISTS (SELECT 1 FROM participant t WHERE t.message_id = r.message_id"
        " AND t.role = 'bcc' AND t.address = r.address)"
    )
    return [
        Report(*row)
        for row in db.rows(
            "SELECT r.address, r.action, r.code, r.reason, r.is_hard, r.occurred_at FROM bounce r"
            f" WHERE r.message_id = %s{'' if with_blind else seen}"
            " ORDER BY r.occurred_at, r.address",
            [message_id],
        )
    ]


def _copies(viewer: Viewer, message_id: str) -> list[tuple[str, str]]:
    """(address, what is shared) of the viewer's mailboxes that hold the mail."""
    return [
        (address, visibility)
        for address, visibility in db.rows(
            "SELECT b.address, coalesce(c.visibility, b.visibility) FROM message_copy c"
            " JOIN mailbox b ON b.id = c.mailbox_id"
            " WHERE c.message_id = %s AND b.user_id = %s ORDER BY b.address",
            [message_id, viewer.user_id],
        )
    ]
