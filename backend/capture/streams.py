"""A mailbox's streams (mail, calendar, address book): from where changes are told, and how far.

    (new) --baseline--> listing --last page--> idle
    place lost -> baseline anew, listing of the time since shortly before the last good sync, or
                  since its beginning where the listing before was not at its end

The place is asked before the first listing: what comes in between is in both, and known ids are
not taken in twice. A listing never deletes anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from backend import clock, db
from backend.capture import items

KIND = "mail"
# A place is lost after a week or so; what came shortly before the last good sync may be missing.
OVERLAP = timedelta(days=2)


class Phase(StrEnum):
    """What the stream is at besides telling changes."""

    NEW = "new"
    LISTING = "listing"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Stream:
    """A row of sync_stream; `place` and the pages are the provider's own and opaque."""

    id: str
    org_id: str
    mailbox_id: str
    place: str
    changes_page: str
    phase: Phase
    listing_page: str
    listing_from: datetime | None
    listed: int
    expected: int | None
    generation: int


_COLUMNS = (
    "id, org_id, mailbox_id, cursor, changes_page, phase, listing_page, listing_from, listed,"
    " expected, generation"
)


def of(org_id: str, mailbox_id: str, kind: str = KIND) -> Stream:
    """The mailbox's stream of mail, or of another kind; a new one where it has none."""
    key = [mailbox_id, kind, ""]
    sql = (
        f"SELECT {_COLUMNS} FROM sync_stream WHERE mailbox_id = %s AND kind = %s AND remote_id = %s"
    )
    row = db.one(sql, key)
    if row is None:
        db.execute(
            "INSERT INTO sync_stream (id, org_id, mailbox_id, kind, phase)"
            " VALUES (%s, %s, %s, %s, %s)",
            [clock.new_id(), org_id, mailbox_id, kind, Phase.NEW.value],
        )
        row = db.one(sql, key)
        assert row
    stream_id, org, mailbox, place, page, phase, *rest = row
    return Stream(stream_id, org, mailbox, place, page, Phase(phase), *rest)


def begin(stream: Stream, place: str, listing_from: datetime) -> None:
    """Count changes from `place`, and list everything since `listing_from`."""
    db.execute(
        "UPDATE sync_stream SET cursor = %s, changes_page = '', phase = %s, listing_page = '',"
        " listing_from = %s, listed = 0, expected = NULL, generation = generation + 1"
        " WHERE id = %s",
        [place, Phase.LISTING.value, listing_from, stream.id],
    )


def list_anew(stream: Stream) -> None:
    """List from the first page on; known ids are not taken in twice."""
    db.execute(
        "UPDATE sync_stream SET listing_page = '', listed = 0, expected = NULL WHERE id = %s",
        [stream.id],
    )


def forget_page(stream: Stream) -> None:
    """Have changes told from the place on again; what is known is not taken in twice."""
    db.execute("UPDATE sync_stream SET changes_page = '' WHERE id = %s", [stream.id])


def note_changes(
    stream: Stream, came: Sequence[str], place: str | None, next_page: str | None
) -> int:
    """A page of changes: the new ids and the new place together; how many ids are new."""
    found = items.queue(stream.org_id, stream.mailbox_id, came, is_live=True)
    db.execute(
        "UPDATE sync_stream SET cursor = %s, changes_page = %s WHERE id = %s",
        [place if place is not None else stream.place, next_page or "", stream.id],
    )
    return found


def note_listing(
    stream: Stream, ids: Sequence[str], next_page: str | None, expected: int | None
) -> int:
    """A page of the listing: its ids and the next page's token together; how many are new."""
    found = items.queue(stream.org_id, stream.mailbox_id, ids, is_live=False)
    phase = Phase.LISTING if next_page else Phase.IDLE
    db.execute(
        "UPDATE sync_stream SET phase = %s, listing_page = %s, listed = listed + %s,"
        " expected = coalesce(%s, expected) WHERE id = %s",
        [phase.value, next_page or "", len(ids), expected, stream.id],
    )
    return found


def note_page(
    stream: Stream, place: str | None, next_page: str | None, began: datetime | None
) -> None:
    """How far a stream without items is; `began` while it is told from nothing."""
    db.execute(
        "UPDATE sync_stream SET cursor = %s, changes_page = %s,"
        " listing_from = coalesce(%s, listing_from) WHERE id = %s",
        [place if place is not None else stream.place, next_page or "", began, stream.id],
    )


def restart(stream: Stream, now: datetime) -> None:
    """The place is lost: tell everything from nothing."""
    db.execute(
        "UPDATE sync_stream SET cursor = '', changes_page = '', phase = %s, listing_from = %s,"
        " generation = generation + 1 WHERE id = %s",
        [Phase.LISTING.value, now, stream.id],
    )


def rest(stream: Stream, until: datetime) -> None:
    """All is told, as of now; the next look is then."""
    db.execute(
        "UPDATE sync_stream SET phase = %s, next_at = %s, reason = '', told_at = %s WHERE id = %s",
        [Phase.IDLE.value, until, clock.now(), stream.id],
    )


def wait(stream: Stream, until: datetime, reason: str) -> None:
    """The provider refused, by its own word; the next try is then."""
    db.execute(
        "UPDATE sync_stream SET next_at = %s, reason = %s WHERE id = %s",
        [until, reason[:200], stream.id],
    )


def first_day(backfill_days: int) -> datetime:
    """Where a new mailbox's listing begins."""
    return clock.now() - timedelta(days=backfill_days)
