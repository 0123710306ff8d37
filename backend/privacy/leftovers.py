"""What an erasure takes out beside mail and meetings: reports, people, proofs, lists and files."""

from typing import Any

from backend import db
from backend.capture import purging
from backend.capture.bounces import TOLD
from backend.mail.dsn import Action
from backend.models.erasures import RULE
from backend.models.org import Organization
from backend.people import writing
from backend.privacy.holdings import KINDS, bound
from backend.privacy.subjects import Subject
from backend.tracking import outcomes, stamp_record

# Rows of the last step, counted as they are held (privacy.holdings).
_COUNTED = ("people", "consents", "address_books", "import_faults", "left_out")


def drop_set_aside(subject: Subject) -> int:
    """A step of the fetches of her copies that could not be taken in."""
    sql, params = bound(f"SELECT t.id FROM {KINDS['set_aside_hits'].source}", subject)
    ids = [row[0] for row in db.rows(f"{sql} LIMIT {purging.STEP}", params)]
    db.execute(f"DELETE FROM set_aside_hit WHERE id {db.among('uuid')}", [db.many(ids)])
    return len(ids)


def drop_bounces(subject: Subject) -> int:
    """A step of the reports about her, with the mails that were nothing else."""
    found = db.rows(
        "SELECT id, report_id, message_id, address, action, occurred_at FROM bounce"
        f" WHERE org_id = %s AND address {db.among('text')} ORDER BY id LIMIT {purging.STEP}",
        [subject.org_id, db.many(subject.addresses)],
    )
    if not found:
        return 0
    reports, messages = {row[1] for row in found}, {row[2] for row in found if row[2]}
    stamp_record.hold_mails(reports | messages)
    for _, report_id, message_id, address, action, at in found:
        if message_id and action in TOLD:
            _take_back(message_id, (TOLD[Action(action)][0], address, at, report_id))
    db.execute(f"DELETE FROM bounce WHERE id {db.among('uuid')}", [db.many(r[0] for r in found)])
    db.execute(
        "UPDATE email_message SET record_due = TRUE, is_bounced = EXISTS (SELECT 1 FROM bounce b"
        f" WHERE b.message_id = email_message.id AND b.is_hard) WHERE id {db.among('uuid')}",
        [db.many(messages)],
    )
    others = db.rows(
        f"SELECT report_id FROM bounce WHERE report_id {db.among('uuid')}", [db.many(reports)]
    )
    purging.erase(sorted(reports - {row[0] for row in others}), RULE)
    return len(found)


def _take_back(message_id: str, outcome: tuple[str, str, Any, str]) -> None:
    for (stamp_id,) in db.rows("SELECT id FROM stamp WHERE message_id = %s", [message_id]):
        outcomes.take_back(stamp_id, *outcome)


def drop(subject: Subject) -> dict[str, int]:
    """All that is left, how many rows of each kind went; her mail and meetings are gone by now."""
    writing.lock(subject.org_id)
    if db.is_postgres():  # whoever names one of them on a mail at this moment ends first
        db.rows(*bound("SELECT id FROM person WHERE id :people ORDER BY id FOR UPDATE", subject))
    went = {}
    for name in _COUNTED:
        sql, params = bound(f"SELECT count(*) FROM {KINDS[name].source}", subject)
        went[name] = int((db.one(sql, params) or (0,))[0])
    sql, params = bound(
        "DELETE FROM people_import_fault WHERE CAST(import_id AS text) || CAST(row_number AS text)"
        f" IN (SELECT {KINDS['import_faults'].key} FROM {KINDS['import_faults'].source})",
        subject,
    )
    db.execute(sql, params)
    for statement in _STATEMENTS:
        db.execute(*bound(statement, subject))
    _leave_policy(subject)
    writing.tell_feeds(subject.org_id)
    return {name: count for name, count in went.items() if count}


_STATEMENTS = (
    "UPDATE participant SET person_id = NULL WHERE person_id :people",
    "UPDATE attendee SET person_id = NULL WHERE person_id :people",
    "DELETE FROM consent_record WHERE org_id = :org AND address :addresses",
    "DELETE FROM consent_record WHERE org_id = :org AND person_id :people",
    "DELETE FROM address_choice WHERE org_id = :org AND address :addresses",
    "DELETE FROM exclusion WHERE org_id = :org AND kind = 'address' AND value :addresses",
    "DELETE FROM suppression WHERE org_id = :org AND address :addresses",
    # A merge that is undone would bring an address back that was taken off the person since.
    "DELETE FROM person_merge WHERE org_id = :org AND EXISTS (SELECT 1 FROM :quoted"
    " WHERE CAST(record AS text) LIKE k.value ESCAPE '!')",
    "DELETE FROM person_address WHERE org_id = :org AND address :addresses",
    "DELETE FROM person WHERE org_id = :org AND id :people",
)


def _leave_policy(subject: Subject) -> None:
    org = Organization.get_by_id(subject.org_id)  # under the lock
    listed = org.policy.get("left_addresses", [])
    kept = [each for each in listed if each not in subject.addresses]
    if kept != listed:
        org.policy = {**org.policy, "left_addresses": kept}
        org.save(only=[Organization.policy])
