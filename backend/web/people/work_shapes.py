"""Imports, exports, merges and duplicates as they cross the wire."""

from typing import Annotated, Literal

from pydantic import Field

from backend.models.imports import ImportState
from backend.people.columns import Meaning
from backend.people.duplicates import Likeness
from backend.people.tables import FileKind
from backend.web import payloads
from backend.web.people.shapes import ListIn, PersonOut


class FaultOut(payloads.Answer):
    """Something about one row; row 1 is the header, column "" means the whole row."""

    row: int
    column: str
    reason: str


class ImportOut(payloads.Answer):
    """What became of the rows: rows = added + updated + unchanged + failed.

    `errors` and `notes` list the first 1,000; `errors_total` and `notes_total` count them all.
    """

    rows: int
    added: int
    updated: int
    unchanged: int
    failed: int
    errors: list[FaultOut]
    errors_total: int
    notes: list[FaultOut]
    notes_total: int


class ExportIn(ListIn):
    """Which people, and as which kind of file."""

    format: Literal["csv", "vcard"] = "csv"


class JobOut(payloads.Answer):
    """An import that outlives its request: where it stands, and what became of the rows so far.

    `progress` is the share of the file that is done, from 0 to 1.
    """

    id: payloads.Uuid
    file_name: str
    kind: FileKind
    state: ImportState
    reason: str
    columns: list[str]
    mapping: list[Meaning]
    progress: float
    rows: int
    added: int
    updated: int
    unchanged: int
    failed: int
    kept_refusals: int
    created_at: str
    started_at: str | None
    finished_at: str | None


class JobsOut(payloads.Answer):
    """The latest imports of the organisation, newest first."""

    items: list[JobOut]


class MappingIn(payloads.Shape):
    """What each column means, in the order of the file."""

    mapping: Annotated[list[Meaning], Field(min_length=1, max_length=100)]


class ColumnOut(payloads.Answer):
    """A column, what it is taken for, and its first cells."""

    label: str
    meaning: Meaning
    samples: list[str]


class PreviewOut(payloads.Answer):
    """What the import would do with the rows that were checked: checked = new + known + failed."""

    columns: list[ColumnOut]
    problem: str
    checked: int
    is_whole: bool
    new: int
    known: int
    failed: int
    faults: list[FaultOut]


class MergeIn(payloads.Shape):
    """Who is to become part of the person in the address."""

    person_id: payloads.Uuid


class MergedOut(payloads.Answer):
    """Somebody who was merged, as she was before."""

    id: payloads.Uuid
    name: str
    addresses: list[str]


class MergeOut(payloads.Answer):
    """A merge; who did it, when, and whether it is undone."""

    id: payloads.Uuid
    kept_id: payloads.Uuid
    merged: MergedOut
    actor: str
    merged_at: str
    undone_at: str | None


class MergesOut(payloads.Answer):
    """What was merged into a person, the latest first."""

    items: list[MergeOut]


class DuplicateOut(payloads.Answer):
    """Somebody who may be the same person, and why."""

    person: PersonOut
    because: Likeness


class DuplicatesOut(payloads.Answer):
    """Who may be the same person, those with a common address first; at most ten."""

    items: list[DuplicateOut]
