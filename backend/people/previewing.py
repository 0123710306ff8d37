"""A file before it is imported: what its columns are taken for, and which rows would fail.

Nothing is written. Only the first `CHECKED_ROWS` are looked at, and `is_whole` says whether these
were all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from backend.people.columns import Columns, Entry, Fault, Meaning, meanings_of, unusable
from backend.people.csv_rows import Row, Source
from backend.people.importing import BATCH_ROWS
from backend.people.owners import owners
from backend.people.reading import stored_by_key
from backend.people.tables import FileKind, open_rows
from backend.words.sentence import Sentence

CHECKED_ROWS = 10_000
SHOWN_ROWS = 5
SHOWN_FAULTS = 100
SHOWN_CHARS = 80  # of a cell


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the file names it, what it is taken for, and its first cells."""

    label: str
    meaning: Meaning
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do with the rows that were checked: checked = new + known + failed.

    `problem` says why the columns cannot be used as they are; then no row was checked.
    """

    columns: tuple[Column, ...]
    problem: Sentence | None
    checked: int
    is_whole: bool
    new: int
    known: int
    failed: int
    faults: tuple[Fault, ...]


def preview(
    org_id: str, kind: FileKind, stream: Source, chosen: Sequence[Meaning] | None = None
) -> Preview:
    """Look at the beginning of a file. Raises Invalid for one that cannot be read at all."""
    table = open_rows(kind, stream)
    meanings = list(chosen) if chosen else meanings_of(table.header)
    rows = list(islice(table.rows(), CHECKED_ROWS + 1))
    checked = rows[:CHECKED_ROWS]
    problem = unusable(table.header, meanings)
    columns = _columns(table.header, meanings, checked)
    is_whole = len(rows) <= CHECKED_ROWS
    if problem:
        return Preview(columns, problem, 0, is_whole, 0, 0, 0, ())
    reader = Columns(table.header, owners(org_id), meanings)
    read = [reader.read(row) for row in checked]
    refused = [item for item in read if isinstance(item, list)]
    known = _known(org_id, [item for item in read if isinstance(item, Entry)])
    return Preview(
        columns=columns,
        problem=None,
        checked=len(read),
        is_whole=is_whole,
        new=len(read) - len(refused) - known,
        known=known,
        failed=len(refused),
        faults=tuple(islice((fault for item in refused for fault in item), SHOWN_FAULTS)),
    )


def _columns(
    header: tuple[str, ...], meanings: Sequence[Meaning], rows: Sequence[Row]
) -> tuple[Column, ...]:
    shown = [row.cells for row in rows if row.cells][:SHOWN_ROWS]
    return tuple(
        Column(
            label,
            meanings[place] if place < len(meanings) else Meaning.SKIP,
            tuple(_shown(cells[place]) if place < len(cells) else "" for cells in shown),
        )
        for place, label in enumerate(header)
    )


def _shown(cell: str) -> str:
    text = cell.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text if len(text) <= SHOWN_CHARS else f"{text[: SHOWN_CHARS - 1]}…"


def _known(org_id: str, entries: Sequence[Entry]) -> int:
    """How many rows are about somebody who is there, or who comes earlier in the file."""
    seen: set[tuple[str, str]] = set()
    known = 0
    for start in range(0, len(entries), BATCH_ROWS):
        keys = [(each.source, each.external_id) for each in entries[start : start + BATCH_ROWS]]
        seen |= stored_by_key(org_id, set(keys)).keys()
        for key in keys:
            known += key in seen
            seen.add(key)
    return known
