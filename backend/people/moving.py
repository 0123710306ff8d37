"""Mail, meetings and proofs that go from one person to another when they are merged, and back.

Which rows went is written down in `person_merge_row`. Engagements follow the participant they are
about. The mails are locked as the drain locks them, so that no hit is judged half way.
"""

from collections.abc import Iterable

from backend import db

_ROWS = "SELECT row_id FROM person_merge_row WHERE merge_id = %s AND kind = %s"
_PARTICIPANT = "participant"
_WITH_ADDRESS = (_PARTICIPANT, "attendee")
_KINDS = (*_WITH_ADDRESS, "consent_record")
_STAMPS = (
    " FROM person_merge_row r JOIN participant t ON t.id = r.row_id"
    " JOIN stamp s ON s.message_id = t.message_id"
)
_OF_MERGE = " WHERE r.merge_id = %s AND r.kind = 'participant'"


def move(org_id: str, merge_id: str, from_id: str, to_id: str) -> None:
    """Give everything of one person to the other; the caller holds a transaction."""
    _lock_mails("person_id = %s", [from_id])
    for kind in _KINDS:
        db.execute(
            "INSERT INTO person_merge_row (merge_id, kind, row_id, org_id)"
            f" SELECT %s, %s, id, org_id FROM {kind} WHERE person_id = %s AND org_id = %s",
            [merge_id, kind, from_id, org_id],
        )
    _carry(merge_id, from_id, to_id)


def move_back(
    org_id: str, merge_id: str, between: tuple[str, str], addresses: Iterable[str]
) -> None:
    """Give back what was moved, and what mail and meetings came since to one of these addresses.

    `between` is the person who gives and the one who gets.
    """
    from_id, to_id = between
    of_addresses = f"org_id = %s AND address {db.among('text')} AND person_id = %s"
    params = [org_id, db.many(addresses), from_id]
    _lock_mails(f"id IN ({_ROWS}) OR ({of_addresses})", [merge_id, _PARTICIPANT, *params])
    for kind in _WITH_ADDRESS:
        db.execute(
            "INSERT INTO person_merge_row (merge_id, kind, row_id, org_id)"
            f" SELECT %s, %s, id, org_id FROM {kind} WHERE {of_addresses} ON CONFLICT DO NOTHING",
            [merge_id, kind, *params],
        )
    _carry(merge_id, from_id, to_id)
    db.execute("DELETE FROM person_merge_row WHERE merge_id = %s", [merge_id])


def _carry(merge_id: str, from_id: str, to_id: str) -> None:
    for kind in _KINDS:
        db.execute(
            f"UPDATE {kind} SET person_id = %s WHERE person_id = %s AND id IN ({_ROWS})",
            [to_id, from_id, merge_id, kind],
        )
    db.execute(
        "UPDATE engagement SET person_id = %s WHERE person_id = %s"
        f" AND stamp_id IN (SELECT s.id{_STAMPS}{_OF_MERGE})"
        f" AND copy_id IN (SELECT c.id{_STAMPS} JOIN stamp_copy c ON c.stamp_id = s.id"
        f" AND (c.address IS NULL OR c.address = t.address){_OF_MERGE})",
        [to_id, from_id, merge_id, merge_id],
    )
    # Who polls a Feed with these engagements gets the other name.
    db.execute(
        'UPDATE "user" SET feed_version = feed_version + 1'
        f" WHERE id IN (SELECT s.user_id{_STAMPS}{_OF_MERGE})",
        [merge_id],
    )


def _lock_mails(of_participants: str, params: list[object]) -> None:
    if db.is_postgres():
        db.rows(
            "SELECT id FROM email_message WHERE id IN"
            f" (SELECT message_id FROM participant WHERE {of_participants})"
            " ORDER BY id FOR NO KEY UPDATE",
            params,
        )
