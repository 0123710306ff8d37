"""Copies of a stamped mail and their links: each with tokens of its own, kept over repeats."""

from collections import Counter
from collections.abc import Iterable, Sequence

from backend import clock, db
from backend.mail.html_body import Link
from backend.models.mail import Stamp, StampCopy, TrackedLink
from backend.tracking.drafts import Host
from backend.tracking.facts import Kind


def shared(stamp: Stamp, addresses: Sequence[str], host: Host) -> StampCopy:
    """The one copy that everybody gets; it names a reader only if there is just one recipient."""
    only = addresses[0] if len(addresses) == 1 and not stamp.is_aggregate else None
    found = StampCopy.select().where(StampCopy.stamp_id == stamp.id).order_by(StampCopy.id).first()
    if found is None:
        return StampCopy.create(**_new(stamp, only, host))
    copy: StampCopy = found
    if copy.address != only:
        copy.address = only
        copy.save()
    return copy


def own(stamp: Stamp, addresses: Sequence[str], host: Host) -> dict[str, StampCopy]:
    """A copy for each of the addresses, made where there is none yet."""
    at = _by_address(stamp)
    missing = [_new(stamp, address, host) for address in addresses if address not in at]
    if missing:
        StampCopy.insert_many(missing).execute()
        at = _by_address(stamp)
    return {address: at[address] for address in addresses}


def wrap(copy: StampCopy, links: Sequence[Link], host: Host) -> list[TrackedLink]:
    """A tracked link for each link of the body, in its order.

    The same place linked for the nth time keeps the token it had, however the text around it
    changed.
    """
    if not links:
        return []
    known = {
        (row.url, row.occurrence): row
        for row in TrackedLink.select().where(TrackedLink.copy_id == copy.id)
    }
    seen: Counter[str] = Counter()
    rows, made = [], []
    for link in links:
        key = (link.url, seen[link.url])
        seen[link.url] += 1
        row = known.get(key) or _new_link(copy, link, key[1], host)
        if key not in known:
            made.append(row)
        elif row.position != link.position or row.text != link.text:
            row.position, row.text = link.position, link.text
            row.save()
        rows.append(row)
    _insert(made)
    return rows


def targets_of(tokens: Iterable[str]) -> dict[str, str]:
    """The stored target of each of our own click tokens that we know."""
    return dict(
        db.rows(
            f"SELECT token, url FROM link_target WHERE token {db.among('text')}", [db.many(tokens)]
        )
    )


def _by_address(stamp: Stamp) -> dict[str, StampCopy]:
    rows = StampCopy.select().where(StampCopy.stamp_id == stamp.id)
    return {row.address: row for row in rows if row.address}


def _new(stamp: Stamp, address: str | None, host: Host) -> dict[str, object]:
    now = clock.now()
    return {
        "id": clock.new_id(now),
        "org_id": stamp.org_id,
        "stamp_id": stamp.id,
        "address": address,
        "pixel_token": host.keys.make(Kind.OPEN, now),
        "marker_token": host.keys.make(Kind.MARKER, now),
        "unsubscribe_token": host.keys.make(Kind.UNSUBSCRIBE, now),
    }


def _new_link(copy: StampCopy, link: Link, occurrence: int, host: Host) -> TrackedLink:
    now = clock.now()
    return TrackedLink(
        id=clock.new_id(now),
        org_id=copy.org_id,
        stamp_id=copy.stamp_id,
        copy_id=copy.id,
        position=link.position,
        occurrence=occurrence,
        url=link.url,
        text=link.text,
        token=host.keys.make(Kind.CLICK, now),
    )


def _insert(links: Sequence[TrackedLink]) -> None:
    if not links:
        return
    columns = ("id", "org_id", "stamp_id", "copy_id", "position", "occurrence", "url", "text")
    db.insert_rows(
        "tracked_link",
        (*columns, "token"),
        [[getattr(link, name) for name in (*columns, "token")] for link in links],
    )
    # The target outlives its person and its message: links redirect for ever.
    now = clock.now()
    db.insert_rows(
        "link_target",
        ("token", "url", "created_at"),
        [(link.token, link.url, now) for link in links],
    )
