"""Reports on captured mail: one row a recipient, joined with the mail they are about.

Hard bounces stop further mail to the address, and so do complaints about a mail of ours (a
Suppression, which can be lifted). Bounces, complaints and receipts stand in the Feed of whoever
sent the mail.
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

# What stands in the Feed: the engagement's kind and its reason.
TOLD = {
    Action.FAILED: ("bounce", "bounced_for_now"),
    Action.COMPLAINED: ("complaint", "complained"),
    Action.DISPLAYED: ("receipt", "receipt_displayed"),
    Action.DELETED: ("receipt", "receipt_deleted"),
}


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
            outcomes.suppress(org_id, each.recipient, outcomes.HARD_BOUNCE, at)


def link_report(report_id: str, ids: Sequence[str]) -> None:
    """Join a report with the mail of ours that it names, if that is here."""
    for row in db.rows(
        "SELECT sent.id FROM email_message report JOIN email_message sent"
        " ON sent.org_id = report.org_id AND sent.direction = 'sent'"
        f" AND sent.internet_message_id {db.among('text')} WHERE report.id = %s",
        [db.many(ids), report_id],
    ):
        _join(report_id, row[0])


def link_sent(message_ids: Sequence[str]) -> None:
    """Join mails of ours with the reports about them that were found before them."""
    if not message_ids:
        return
    for report_id, message_id in db.rows(
        "SELECT DISTINCT b.report_id, sent.id FROM bounce b"
        " JOIN message_reference r ON r.message_id = b.report_id"
        " JOIN email_message sent ON sent.org_id = r.org_id"
        " AND sent.internet_message_id = r.internet_message_id"
        " AND sent.internet_message_id <> ''"
        f" WHERE sent.id {db.among('uuid')} AND b.message_id IS NULL",
        [db.many(message_ids)],
    ):
        _join(report_id, message_id)


def _join(report_id: str, message_id: str) -> None:
    rows = _of_recipients(report_id, message_id) or _of_only_recipient(report_id, message_id)
    if not rows:
        return
    stamps = list(Stamp.select().where(Stamp.message_id == message_id))
    people = match(rows[0][5], {row[0] for row in rows})
    for address, action, code, is_hard, at, org_id in rows:
        db.execute(
            "UPDATE bounce SET message_id = %s WHERE report_id = %s AND address = %s",
            [message_id, report_id, address],
        )
        if is_hard:
            db.execute(
                "UPDATE email_message SET is_bounced = TRUE, record_due = TRUE WHERE id = %s",
                [message_id],
            )
        if action == Action.COMPLAINED:
            outcomes.suppress(org_id, address, outcomes.COMPLAINT, at)
        if action in TOLD:
            kind, reason = TOLD[action]
            reason = "bounced_for_good" if is_hard else reason
            person = people[address].person_id
            for stamp in stamps:
                outcomes.record(stamp, Outcome(kind, address, person, at, reason, report_id, code))


def _of_recipients(report_id: str, message_id: str) -> list[db.Row]:
    """What the report says of those whom the mail went to."""
    return db.rows(
        "SELECT b.address, b.action, b.code, b.is_hard, b.occurred_at, b.org_id FROM bounce b"
        " JOIN participant p ON p.message_id = %s AND p.address = b.address AND p.role <> 'from'"
        " WHERE b.report_id = %s",
        [message_id, report_id],
    )


def _of_only_recipient(report_id: str, message_id: str) -> list[db.Row]:
    """A complaint that hides who complains is of the mail's only recipient."""
    found = db.rows(
        "SELECT DISTINCT address FROM participant WHERE message_id = %s AND role <> 'from'",
        [message_id],
    )
    if len(found) != 1:
        return []
    hidden = [found[0][0], report_id, Action.COMPLAINED.value]
    db.execute(
        "UPDATE bounce SET address = %s WHERE report_id = %s AND action = %s AND address = ''",
        hidden,
    )
    return db.rows(
        "SELECT address, action, code, is_hard, occurred_at, org_id FROM bounce"
        " WHERE address = %s AND report_id = %s AND action = %s",
        hidden,
    )
