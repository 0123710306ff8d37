"""Sends that the Gmail add-on makes itself: each mail leaves once, however often one asks."""

from datetime import timedelta
from enum import StrEnum

from backend import clock, db

# Gmail has answered or given up by then (providers.gmail.ANSWER_S), so nobody else is at it.
PATIENCE = timedelta(seconds=60)


class Claim(StrEnum):
    """What may be done about a send."""

    MINE = "mine"
    BUSY = "busy"
    DONE = "done"


def claim(org_id: str, stamp_id: str) -> Claim:
    """Claim the send of a mail whose draft is there; who gets `MINE` sends it or gives it back.

    A claim that was neither finished nor given back (its process died) is taken over after a while:
    the draft is still there, so Gmail has not sent it.
    """
    now = clock.now()
    with db.transaction():
        made = db.execute(
            "INSERT INTO tracked_send (stamp_id, org_id, state, started_at)"
            " VALUES (%s, %s, 'sending', %s) ON CONFLICT (stamp_id) DO NOTHING",
            [stamp_id, org_id, now],
        )
        if made:
            return Claim.MINE
        taken = db.execute(
            "UPDATE tracked_send SET started_at = %s"
            " WHERE stamp_id = %s AND state = 'sending' AND started_at < %s",
            [now, stamp_id, now - PATIENCE],
        )
    if taken:
        return Claim.MINE
    return Claim.DONE if state_of(stamp_id) == "sent" else Claim.BUSY


def finish(stamp_id: str, gmail_id: str = "") -> None:
    """Gmail has sent it, and calls the mail so where it said that."""
    db.execute(
        "UPDATE tracked_send SET state = 'sent', finished_at = %s,"
        " gmail_id = COALESCE(%s, gmail_id) WHERE stamp_id = %s",
        [clock.now(), gmail_id or None, stamp_id],
    )


def stamps_of(gmail_id: str) -> list[str]:
    """The ids of stamps whose mail Gmail calls so; each account has ids of its own."""
    sql = "SELECT stamp_id FROM tracked_send WHERE gmail_id = %s"
    return [str(stamp_id) for (stamp_id,) in db.rows(sql, [gmail_id])]


def give_back(stamp_id: str) -> None:
    """It was not sent, and may be tried again."""
    db.execute("DELETE FROM tracked_send WHERE stamp_id = %s AND state = 'sending'", [stamp_id])


def state_of(stamp_id: str) -> str:
    """sending, sent, or "" for a mail nobody has asked to send."""
    row = db.one("SELECT state FROM tracked_send WHERE stamp_id = %s", [stamp_id])
    return str(row[0]) if row else ""
