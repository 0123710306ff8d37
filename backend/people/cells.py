"""One cell of a file as the value of a field; raises Unfit with what it must be."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from backend.errors import Unfit
from backend.mail.addresses import normalise
from backend.people.values import (
    MAX_ADDRESSES,
    MAX_EXTERNAL_ID,
    MAX_NAME,
    MAX_SOURCE,
    Consent,
    Kind,
    country_code,
)

MAX_CELL = 2_000

# Spreadsheets run a cell that begins with one of these, some also in full width; our files put an
# apostrophe in front. Source: https://owasp.org/www-community/attacks/CSV_Injection (2026-11)
_FORMULA = re.compile(
    r"'*[=+\-@\t\r\n\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}"
    r"\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}]"
)

# In English and German: a spreadsheet writes its own truth in the language of its user.
_YES = frozenset({"true", "yes", "y", "1", "on", "x", "ja", "j", "wahr", "an"})
_NO = frozenset({"false", "no", "n", "0", "off", "nein", "falsch", "aus"})


def parser_of(field: str, owners: Mapping[str, str]) -> Callable[[str], Any]:
    """What reads the cells of a field; `owners` are the ids by id and by e-mail address."""
    return (lambda text: _owner(owners, text)) if field == "owner_id" else _PARSERS[field]


def custom(text: str) -> str:
    """A cell of a column of the file's own."""
    return _short(text, MAX_CELL)


def harmless(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula; `plain` takes it back."""
    return f"'{text}" if _FORMULA.match(text) else text


def plain(text: str) -> str:
    """The text of a cell, without what `harmless` put in front of it."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text, 1) else text


def _kind(text: str) -> str:
    return Kind(_one_of(text, tuple(Kind)))


def _consent(text: str) -> str:
    return Consent(_one_of(text, tuple(Consent)))


def _one_of(text: str, allowed: tuple[str, ...]) -> str:
    if text.lower() not in allowed:
        raise Unfit("fields.one_of", allowed=", ".join(allowed))
    return text.lower()


def _flag(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise Unfit("fields.yes_no")
    return text.lower() in _YES


def _addresses(text: str) -> tuple[str, ...]:
    parts = text.replace(";", ",").replace("\n", ",").split(",")
    found = dict.fromkeys(_address(part.strip()) for part in parts if part.strip())
    if not 0 < len(found) <= MAX_ADDRESSES:
        raise Unfit("fields.addresses", most=MAX_ADDRESSES)
    return tuple(found)


def _address(text: str) -> str:
    try:
        return normalise(text)
    except ValueError:
        raise Unfit("fields.address") from None


def _owner(owners: Mapping[str, str], text: str) -> str:
    try:
        return owners[text.lower()]
    except KeyError:
        raise Unfit("fields.owner") from None


def _short(text: str, longest: int) -> str:
    if len(text) > longest:
        raise Unfit("fields.longest", most=longest)
    return text


_PARSERS: dict[str, Callable[[str], Any]] = {
    "kind": _kind,
    "name": lambda text: _short(text, MAX_NAME),
    "given_name": lambda text: _short(text, MAX_NAME),
    "family_name": lambda text: _short(text, MAX_NAME),
    "addresses": _addresses,
    "company": lambda text: _short(text, MAX_NAME),
    "country": country_code,
    "do_not_track": _flag,
    "consent": _consent,
    "source": lambda text: _short(text, MAX_SOURCE),
    "external_id": lambda text: _short(text, MAX_EXTERNAL_ID),
}
