"""Bounces of captured mail: one row a recipient, joined with the mail that came back.

Hard ones stop further mail to the address (a Suppression, which can be lifted); both kinds stand
in the Feed of whoever sent the mail.
"""

from collections.abc import Sequence
from datetime import datetime

from backend import clock, db
from backend.capture.matching import match
from backend.mail.dsn import Action, Bounce
from backend.models.mail import Stamp
from backend.models.mailboxes import CaptureMode, Mailbox
from backend.tracking import outcomes
from backend.tracking.outcomes import Outcome


def note(report_id: str, mailbox: Mailbox, at: datetime, bounces: Sequence[Bounce]) -> None:
    """The rows of a report; a report that was seen before changes nothing.

    The reason is the report's own text, which may tell of the mail: in full mode only.
    """
    org_id, is_full = mailbox.org_id, mailbox.capture_mode == CaptureMode.FULL
    for each in bounces:
        db.execute(
            "INSERT INTO bounce (id, org_id, report_id, address, action, code, reason, is_hard,"
            " occurred_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (report_id, address) DO NOTHING",
            [
                clock.new_id(),
                org_id,
                report_id,
                each.recipient,
                each.action.value,
                each.code,
                each.reason if is_full else "",
                each.is_hard,
                at,
            ],
        )
        if each.is_hard:
            outcomes.suppress(org_id, each.recipient)


def link_report(report_id: str, ids: Sequence[str]) -> None:
    """Join a report with the mail of ours that it names, if that is here."""
    for row in db.rows(
        "SELECT sent.id FROM email_message report JOIN email_message sent"
        " ON sent.org_id = report.org_id AND sent.direction = 'sent'"
        f" AND sent.internet_message_id {db.among('text')} WHERE report.id = %s",
        [db.many(ids), report_id],
    ):
        _join(report_id, row[0])


def link_sent(message_id: str) -> None:
    """Join a mail of ours with the reports about it that were found before it."""
    for row in db.rows(
        "SELECT DISTINCT b.report_id FROM bounce b"
        " JOIN message_reference r ON r.message_id = b.report_id"
        " JOIN email_message sent ON sent.org_id = r.org_id"
        " AND sent.internet_message_id = r.internet_message_id"
        " AND sent.internet_message_id <> ''"
        " WHERE sent.id = %s AND b.message_id IS NULL",
        [message_id],
    ):
        _join(row[0], message_id)


def _join(report_id: str, message_id: str) -> None:
    rows = db.rows(
        "SELECT b.address, b.action, b.code, b.is_hard, b.occurred_at, b.org_id FROM bounce b"
        " JOIN participant p ON p.message_id = %s AND p.address = b.address AND p.role <> 'from'"
        " WHERE b.report_id = %s",
        [message_id, report_id],
    )
    if not rows:
        return
    stamps = list(Stamp.select().where(Stamp.message_id == message_id))
    people = match(rows[0][5], {row[0] for row in rows})
    for address, action, code, is_hard, at, _ in rows:
        db.execute(
            "UPDATE bounce SET message_id = %s WHERE report_id = %s AND address = %s",
            [message_id, report_id, address],
        )
        if action != Action.FAILED:
            continue
        if is_hard:
            db.execute(
                "UPDATE email_message SET is_bounced = TRUE, record_due = TRUE WHERE id = %s",
                [message_id],
            )
        reason = "bounced_for_good" if is_hard else "bounced_for_now"
        person = people[address].person_id
        for stamp in stamps:
            outcomes.record(stamp, Outcome("bounce", address, person, at, reason, report_id, code))
