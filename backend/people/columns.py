"""What each column of a file means, and a row's cells as fields of a person.

Names are taken in any case, with spaces, hyphens or underscores. A column we do not know becomes a
custom field under its own name. An empty cell says nothing: it leaves what is stored.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from backend.errors import Invalid
from backend.mail.addresses import normalise
from backend.people.csv_rows import Row, bad_text
from backend.people.owners import UNKNOWN
from backend.people.values import (
    MAX_ADDRESSES,
    MAX_CUSTOM_FIELDS,
    MAX_CUSTOM_NAME,
    MAX_EXTERNAL_ID,
    MAX_NAME,
    MAX_SOURCE,
    Consent,
    Kind,
    country_code,
)

DEFAULT_SOURCE = "csv"
MAX_CELL = 2_000

_FIELDS = {
    "kind": "kind",
    "name": "name",
    "email": "addresses",
    "emails": "addresses",
    "e_mail": "addresses",
    "email_address": "addresses",
    "address": "addresses",
    "addresses": "addresses",
    "company": "company",
    "owner": "owner_id",
    "country": "country",
    "do_not_track": "do_not_track",
    "consent": "consent",
    "source": "source",
    "external_id": "external_id",
}
_YES = frozenset({"true", "yes", "y", "1", "on"})
_NO = frozenset({"false", "no", "n", "0", "off"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row; `column` is as the header has it, "" for the whole row."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One good row: whose it is and the fields it gives; custom ones are under `custom`."""

    row: int
    source: str
    external_id: str
    given: Mapping[str, Any]


class Columns:
    """The meaning of a header; raises Invalid for one that cannot be meant."""

    def __init__(self, header: tuple[str, ...], owners: Mapping[str, str]) -> None:
        self.header = header
        self._fields = [_field_of(label) for label in header]
        self._parsers: dict[str, Callable[[str], Any]] = {
            **_PARSERS,
            "owner_id": lambda text: _owner(owners, text),
        }
        _refuse_doubles(header, self._fields)
        if not {"addresses", "external_id"} & set(self._fields):
            raise Invalid("The header must name an email or an external_id column.")
        if self._fields.count("") > MAX_CUSTOM_FIELDS:
            raise Invalid(f"A file may have at most {MAX_CUSTOM_FIELDS} columns of its own.")

    def read(self, row: Row) -> Entry | list[Fault]:
        """The row as an entry, or everything that is wrong with it."""
        faults = self._unreadable(row)
        if faults:
            return faults
        given: dict[str, Any] = {}
        custom: dict[str, str] = {}
        for label, field, cell in zip(self.header, self._fields, row.cells, strict=False):
            text = cell.strip()
            if not text:
                continue
            try:
                if field:
                    given[field] = self._parsers[field](text)
                else:
                    custom[label] = _short(text, MAX_CELL)
            except ValueError as error:
                faults.append(Fault(row.number, label, str(error)))
        return faults or _entry(row.number, given, custom)

    def _unreadable(self, row: Row) -> list[Fault]:
        if row.fault:
            return [Fault(row.number, "", row.fault)]
        if len(row.cells) > len(self.header):
            reason = f"has {len(row.cells)} cells, the header names {len(self.header)}"
            return [Fault(row.number, "", reason)]
        if not bad_text(row.cells):
            return []
        cells = zip(self.header, row.cells, strict=False)
        return [
            Fault(row.number, label, reason)
            for label, cell in cells
            if (reason := bad_text((cell,)))
        ]


def _entry(row: int, given: dict[str, Any], custom: dict[str, str]) -> Entry | list[Fault]:
    source = given.pop("source", DEFAULT_SOURCE)
    external_id = given.pop("external_id", "") or next(iter(given.get("addresses", ())), "")
    if not external_id:
        return [Fault(row, "", "needs an external_id or an e-mail address")]
    return Entry(row, source, external_id, {**given, "custom": custom} if custom else given)


def _field_of(label: str) -> str:
    return _FIELDS.get("_".join(label.lower().replace("-", " ").replace("_", " ").split()), "")


def _refuse_doubles(header: tuple[str, ...], fields: list[str]) -> None:
    # Columns are told by number: a file without a header has somebody's address in its place.
    seen: dict[str, int] = {}
    for number, (label, field) in enumerate(zip(header, fields, strict=True), 1):
        if not 0 < len(label) <= MAX_CUSTOM_NAME:
            raise Invalid(f"Column {number} needs a name of 1 to {MAX_CUSTOM_NAME} characters.")
        first = seen.setdefault(field or f"custom {label.lower()}", number)
        if first != number:
            raise Invalid(f"Columns {first} and {number} mean the same; rename or remove one.")


def _kind(text: str) -> str:
    return Kind(_one_of(text, tuple(Kind)))


def _consent(text: str) -> str:
    return Consent(_one_of(text, tuple(Consent)))


def _one_of(text: str, allowed: tuple[str, ...]) -> str:
    if text.lower() not in allowed:
        raise ValueError(f"must be {', '.join(allowed[:-1])} or {allowed[-1]}")
    return text.lower()


def _flag(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise ValueError("must be yes or no")
    return text.lower() in _YES


def _addresses(text: str) -> tuple[str, ...]:
    parts = text.replace(";", ",").replace("\n", ",").split(",")
    found = dict.fromkeys(_address(part.strip()) for part in parts if part.strip())
    if not 0 < len(found) <= MAX_ADDRESSES:
        raise ValueError(f"must hold 1 to {MAX_ADDRESSES} e-mail addresses")
    return tuple(found)


def _address(text: str) -> str:
    try:
        return normalise(text)
    except ValueError:
        raise ValueError("must be an e-mail address") from None


def _owner(owners: Mapping[str, str], text: str) -> str:
    try:
        return owners[text.lower()]
    except KeyError:
        raise ValueError(UNKNOWN) from None


def _short(text: str, longest: int) -> str:
    if len(text) > longest:
        raise ValueError(f"must be at most {longest} characters")
    return text


_PARSERS: dict[str, Callable[[str], Any]] = {
    "kind": _kind,
    "name": lambda text: _short(text, MAX_NAME),
    "addresses": _addresses,
    "company": lambda text: _short(text, MAX_NAME),
    "country": country_code,
    "do_not_track": _flag,
    "consent": _consent,
    "source": lambda text: _short(text, MAX_SOURCE),
    "external_id": lambda text: _short(text, MAX_EXTERNAL_ID),
}
