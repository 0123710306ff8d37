"""The surplus table: where the surplus of each crowd begins, and how much it is."""

from collections.abc import Container, Iterable, Mapping, Sequence

from backend import db
from backend.tracking.facts import Kind, RawHit
from backend.tracking.surplus import MINUTE, Crowd, Line, Lines, Surplus, minute_of
from backend.tracking.targets import Mail
from backend.tracking.windows import Window

COLUMNS = (
    *("id", "first_at", "last_at", "hits", "kind", "copy_id", "reader_key", "link_id"),
    *("org_id", "stamp_id"),
)

# The first comparison is there for the index.
_MINUTES = {
    True: "x.first_at > hit.received_at - interval '1 minute'"
    " AND date_trunc('minute', x.first_at) = date_trunc('minute', hit.received_at)",
    False: "x.first_at > hit.received_at - 60000000"
    " AND x.first_at / 60000000 = hit.received_at / 60000000",
}


def unless_surplus() -> str:
    """The condition that a hit is in no line, to put behind others."""
    return (
        " AND NOT EXISTS (SELECT 1 FROM surplus x WHERE x.copy_id = hit.copy_id"
        " AND x.kind = hit.kind AND x.first_at <= hit.received_at"
        f" AND {_MINUTES[db.is_postgres()]}"
        " AND (hit.kind <> 'o' OR x.reader_key = hit.reader_key)"
        " AND (x.first_at < hit.received_at OR x.id <= hit.id))"
    )


def within(window: Window, stamp_ids: Container[str]) -> dict[str, Surplus]:
    """The surplus of these mails, where there is any, whose minutes reach into a window."""
    start = window.start and window.start - MINUTE
    where, params = Window(start, window.end).condition("first_at")
    # Few mails have any, and thousands are asked for at once.
    every = _surplus(f"TRUE{where}", params)
    return {stamp_id: some for stamp_id, some in every.items() if stamp_id in stamp_ids}


def of(stamp_ids: Iterable[str]) -> dict[str, Surplus]:
    """All surplus of these mails, where there is any."""
    return _surplus(f"stamp_id {db.among('uuid')}", [db.many(stamp_ids)])


def write(
    mails: Mapping[str, Mail], known: Mapping[str, Surplus], grown: Mapping[str, Lines]
) -> None:
    """Put grown lines into the table, in place of those that were known."""
    gone, rows = [], []
    for stamp_id, lines in grown.items():
        before = known[stamp_id].lines if stamp_id in known else {}
        gone += [(before[key].id,) for key in lines if key in before]
        rows += [_row(line, mails[stamp_id]) for line in lines.values()]
    db.execute_many("DELETE FROM surplus WHERE id = %s", gone)
    db.insert_rows("surplus", COLUMNS, rows)


def stored(hits: Sequence[RawHit]) -> set[str]:
    """The ids of those of these hits that are in the table already."""
    if not hits:
        return set()
    times = [hit.received_at for hit in hits]
    found = db.rows(
        f"SELECT id FROM hit WHERE id {db.among('uuid')} AND received_at BETWEEN %s AND %s",
        [db.many(hit.id for hit in hits), min(times), max(times)],
    )
    return {hit_id for (hit_id,) in found}


def _surplus(where: str, params: Sequence[object]) -> dict[str, Surplus]:
    lines: dict[str, Lines] = {}
    for stamp_id, line_id, first_at, last_at, hits, kind, copy_id, reader_key, link_id in db.rows(
        "SELECT stamp_id, id, first_at, last_at, hits, kind, copy_id, reader_key, link_id"
        f" FROM surplus WHERE {where}",
        params,
    ):
        crowd = Crowd(Kind(kind), copy_id, bytes(reader_key), minute_of(first_at))
        line = Line(line_id, first_at, last_at, hits, crowd, link_id)
        lines.setdefault(stamp_id, {})[crowd, link_id] = line
    return {stamp_id: Surplus(some) for stamp_id, some in lines.items()}


def _row(line: Line, mail: Mail) -> tuple[object, ...]:
    crowd = line.crowd
    return (
        *line[:4],
        crowd.kind.value,
        crowd.copy,
        crowd.reader,
        line.link,
        mail.org_id,
        mail.stamp_id,
    )
