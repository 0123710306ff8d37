"""Several stamps of ours in one mail (its card was opened twice, a draft was copied) become one."""

from collections.abc import Sequence

from backend import db
from backend.models.mail import Stamp
from backend.tracking import engagements, stamp_record

_MOVED = ("stamp_copy", "tracked_link", "self_view", "hit")


def stamps_of(tokens: Sequence[str], user_id: str) -> list[Stamp]:
    """The user's own stamps whose pixels or markers these are, oldest first."""
    if not tokens:
        return []
    found = db.rows(
        f"SELECT stamp_id FROM stamp_copy WHERE pixel_token {db.among('text')}"
        f" UNION SELECT stamp_id FROM stamp_copy WHERE marker_token {db.among('text')}",
        [db.many(tokens), db.many(tokens)],
    )
    ids = [stamp_id for (stamp_id,) in found]
    query = Stamp.select().where(Stamp.id.in_(ids), Stamp.user_id == user_id)
    return list(query.order_by(Stamp.created_at, Stamp.id))


def merge(kept: Stamp, others: Sequence[Stamp]) -> None:
    """Let `kept` take over copies, links and hits of the others, which are gone then.

    A stamp that is sent stays what it is: it belongs to a mail of its own. Raises NotFound where
    the kept one is gone; another that is gone has been merged already.
    """
    with db.transaction():
        stamp_record.hold_mails(each.message_id for each in [kept, *others])
        row_kept = stamp_record.locked(kept.id)
        found = [stamp_record.found(each.id) for each in others]
        merged = [row for row in found if row and not stamp_record.is_settled(row)]
        for row in merged:
            _take_over(row_kept, row)
        if merged:
            engagements.rejudge([kept.id])


def _take_over(kept: Stamp, row: Stamp) -> None:
    # Whoever gets the mail loads all its pictures at once: they are one, and name nobody more.
    own = db.one(
        "SELECT id FROM stamp_copy WHERE stamp_id = %s AND folds_into IS NULL ORDER BY id",
        [kept.id],
    )
    db.execute(
        "UPDATE stamp_copy SET address = NULL, folds_into = %s WHERE stamp_id = %s",
        [own[0] if own else None, row.id],
    )
    if own:
        db.execute(
            "UPDATE hit SET copy_id = %s WHERE stamp_id = %s AND link_id IS NULL", [own[0], row.id]
        )
    # Whose picture a hit fetched has changed: what is surplus follows anew from all of them.
    db.execute("DELETE FROM surplus WHERE stamp_id IN (%s, %s)", [kept.id, row.id])
    for table in _MOVED:
        db.execute(f"UPDATE {table} SET stamp_id = %s WHERE stamp_id = %s", [kept.id, row.id])
    # What is crowded is told by all the links in the mail, and the worker writes their words anew.
    db.execute(
        "UPDATE stamp SET link_count = link_count + %s, indexed_at = NULL WHERE id = %s",
        [row.link_count, kept.id],
    )
    db.execute("DELETE FROM engagement WHERE stamp_id = %s", [row.id])
    db.execute("DELETE FROM stamp WHERE id = %s", [row.id])
    db.execute("DELETE FROM email_message WHERE id = %s", [row.message_id])
