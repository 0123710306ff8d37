"""What each column of a file means, and a row's cells as fields of a person.

Names are taken in any case, with spaces, hyphens or underscores. A column we do not know becomes a
custom field under its own name. An empty cell says nothing: it leaves what is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from backend.errors import Invalid, Unfit
from backend.people import cells, values
from backend.people.csv_rows import Row, bad_text
from backend.people.values import MAX_CUSTOM_FIELDS, MAX_CUSTOM_NAME
from backend.words.sentence import Sentence

DEFAULT_SOURCE = "csv"

# What we write beside the cells of rows that failed (backend.people.jobs), so that the corrected
# file can be handed in as it is.
ROW_LABEL, PROBLEM_LABEL = "telltale_row", "telltale_problem"


class Meaning(StrEnum):
    """What a column can be: a field of a person, one of the file's own, or nothing."""

    KIND = "kind"
    NAME = "name"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    ADDRESSES = "addresses"
    COMPANY = "company"
    OWNER = "owner_id"
    COUNTRY = "country"
    DO_NOT_TRACK = "do_not_track"
    CONSENT = "consent"
    SOURCE = "source"
    EXTERNAL_ID = "external_id"
    CUSTOM = "custom"
    SKIP = "skip"


_KNOWN = {
    "kind": "kind",
    "name": "name",
    "full_name": "name",
    "first_name": "given_name",
    "given_name": "given_name",
    "last_name": "family_name",
    "family_name": "family_name",
    "surname": "family_name",
    "email": "addresses",
    "emails": "addresses",
    "e_mail": "addresses",
    "email_address": "addresses",
    "e_mail_address": "addresses",
    "address": "addresses",
    "addresses": "addresses",
    "company": "company",
    "company_name": "company",
    "account_name": "company",
    "organization": "company",
    "organisation": "company",
    "owner": "owner_id",
    "country": "country",
    "do_not_track": "do_not_track",
    "consent": "consent",
    "source": "source",
    "external_id": "external_id",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row; `column` is as the header has it, "" for the whole row."""

    row: int
    column: str
    reason: Sentence


@dataclass(frozen=True, slots=True)
class Entry:
    """One good row: whose it is and the fields it gives; custom ones are under `custom`."""

    row: int
    source: str
    external_id: str
    given: Mapping[str, Any]


class Columns:
    """The meaning of a header, by our own names for columns or as `chosen` says for each.

    Raises Invalid for a header that cannot be meant.
    """

    def __init__(
        self,
        header: tuple[str, ...],
        owners: Mapping[str, str],
        chosen: Sequence[Meaning] | None = None,
    ) -> None:
        self.header = header
        self.meanings = list(chosen) if chosen else meanings_of(header)
        problem = unusable(header, self.meanings)
        if problem:
            raise Invalid(problem)
        self._parsers = {
            meaning: cells.parser_of(meaning, owners)
            for meaning in self.meanings
            if meaning not in {Meaning.CUSTOM, Meaning.SKIP}
        }

    def read(self, row: Row) -> Entry | list[Fault]:
        """The row as an entry, or everything that is wrong with it."""
        faults = self._unreadable(row)
        if faults:
            return faults
        given: dict[str, Any] = {}
        custom: dict[str, str] = {}
        for label, meaning, cell in zip(self.header, self.meanings, row.cells, strict=False):
            text = cells.plain(cell.strip())
            if not text or meaning is Meaning.SKIP:
                continue
            try:
                if meaning is Meaning.CUSTOM:
                    custom[label] = cells.custom(text)
                else:
                    given[meaning.value] = self._parsers[meaning](text)
            except Unfit as error:
                faults.append(Fault(row.number, label, error.sentence))
        return faults or _entry(row.number, _put_together(given), custom)

    def _unreadable(self, row: Row) -> list[Fault]:
        if row.fault:
            return [Fault(row.number, "", row.fault)]
        if len(row.cells) > len(self.header):
            counts = {"cells": len(row.cells), "names": len(self.header)}
            return [Fault(row.number, "", Sentence("fields.cells", counts))]
        if not bad_text(row.cells):
            return []
        labelled = zip(self.header, row.cells, strict=False)
        return [
            Fault(row.number, label, reason)
            for label, cell in labelled
            if (reason := bad_text((cell,)))
        ]


def meanings_of(header: Sequence[str]) -> list[Meaning]:
    """What each column is taken for by its name."""
    return [_meaning_of(label) for label in header]


def unusable(header: Sequence[str], meanings: Sequence[Meaning]) -> Sentence | None:
    """Why no person could be told apart by these columns; None when they will do."""
    if len(meanings) != len(header):
        return Sentence("problems.columns_count", {"n": len(header)})
    if not {Meaning.ADDRESSES, Meaning.EXTERNAL_ID} & set(meanings):
        return Sentence("problems.columns_key")
    if meanings.count(Meaning.CUSTOM) > MAX_CUSTOM_FIELDS:
        return Sentence("problems.columns_custom", {"most": MAX_CUSTOM_FIELDS})
    return _double(header, meanings)


def _put_together(given: dict[str, Any]) -> dict[str, Any]:
    parts = [given.pop(part, "") for part in (Meaning.GIVEN_NAME, Meaning.FAMILY_NAME)]
    name = " ".join(filter(None, parts))[: values.MAX_NAME]
    return {"name": name, **given} if name else given


def _entry(row: int, given: dict[str, Any], custom: dict[str, str]) -> Entry | list[Fault]:
    source = given.pop("source", DEFAULT_SOURCE)
    external_id = given.pop("external_id", "") or next(iter(given.get("addresses", ())), "")
    if not external_id:
        return [Fault(row, "", Sentence("fields.keyless"))]
    return Entry(row, source, external_id, {**given, "custom": custom} if custom else given)


def _meaning_of(label: str) -> Meaning:
    name = "_".join(label.lower().replace("-", " ").replace("_", " ").split())
    if name in {ROW_LABEL, PROBLEM_LABEL}:
        return Meaning.SKIP
    return Meaning(_KNOWN.get(name, Meaning.CUSTOM))


def _double(header: Sequence[str], meanings: Sequence[Meaning]) -> Sentence | None:
    # Columns are told by number: a file without a header has somebody's address in its place.
    seen: dict[str, int] = {}
    for number, (label, meaning) in enumerate(zip(header, meanings, strict=True), 1):
        if meaning is Meaning.SKIP:
            continue
        if not 0 < len(label) <= MAX_CUSTOM_NAME:
            slots = {"number": number, "most": MAX_CUSTOM_NAME}
            return Sentence("problems.column_name", slots)
        key = f"custom {label.lower()}" if meaning is Meaning.CUSTOM else str(meaning)
        first = seen.setdefault(key, number)
        if first != number:
            return Sentence("problems.columns_double", {"first": first, "second": number})
    return None
