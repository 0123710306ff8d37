"""A vCard file as rows, read as a stream: one row for each card, whatever the others hold.

    bytes -> lines -> properties (unfolded, bounded) -> cards -> Row(number, cells or fault)

Versions 2.1, 3.0 and 4.0. The first card is row 2, as the header of a table is row 1. Pictures and
everything else that is no fact about a person is passed over without being kept.
Source: RFC 6350 (4.0, Aug 2011), RFC 2426 (3.0, Sep 1998), vCard 2.1 (versit, Sep 1996).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import TextIOWrapper
from urllib.parse import unquote

from backend.people.countries import COUNTRIES
from backend.people.csv_rows import MAX_LINE, Row, Source, as_text
from backend.people.vcard_lines import Property, property_of
from backend.words.sentence import Sentence

HEADER = (
    "external_id",
    "source",
    "name",
    "email",
    "company",
    "country",
    "phone",
    "title",
    "website",
    "kind",
    "do_not_track",
    "consent",
)
SOURCE = "vcard"
OWN_UID = "urn:telltale:"  # then the source, percent-encoded, a colon, and the external id

_OURS = ("X-TELLTALE-KIND", "X-TELLTALE-DO-NOT-TRACK", "X-TELLTALE-CONSENT")
_TAKEN = frozenset({"FN", "N", "EMAIL", "ORG", "UID", "KIND", "TEL", "TITLE", "URL", "ADR", *_OURS})
_NO_END = Sentence("fields.card_end")
_OUTSIDE = Sentence("fields.card_outside")
_TOO_LONG = Sentence("fields.card_long", {"most": MAX_LINE})
_NO_PERSON = Sentence("fields.card_kind")


class Cards:
    """The cards of a stream one after the other, each as a row under `header`."""

    header = HEADER

    def __init__(self, stream: Source) -> None:
        self._properties = _properties(as_text(stream))
        self._number = 1

    def rows(self) -> Iterator[Row]:
        """Every card in its order, also those that cannot be read."""
        card = _Card()
        for line in self._properties:
            marker = (line.name, line.value.strip().upper())
            if marker == ("BEGIN", "VCARD"):
                if card.is_open or card.fault:
                    yield self._row(card, _NO_END)
                card = _Card(is_open=True)
            elif marker == ("END", "VCARD"):
                yield self._row(card, None if card.is_open else _OUTSIDE)
                card = _Card()
            else:
                card.take(line)
        if card.is_open or card.fault:
            yield self._row(card, _NO_END)

    def _row(self, card: "_Card", fault: Sentence | None) -> Row:
        self._number += 1
        fault = card.fault or fault
        if not fault and _first(card.lines, "KIND").lower() not in {"", "individual"}:
            fault = _NO_PERSON
        return Row(self._number, fault=fault) if fault else Row(self._number, _cells(card.lines))


@dataclass(slots=True)
class _Card:
    """A card while it is read; one that is not open collects what stands between cards."""

    fault: Sentence | None = None
    is_open: bool = False
    lines: list[Property] = field(default_factory=list)
    length: int = 0

    def take(self, line: Property) -> None:
        if not self.is_open:
            self.fault = _OUTSIDE
        elif line.name in _TAKEN and not self.fault:
            self.length += len(line.value)
            self.fault = _TOO_LONG if line.is_too_long or self.length > MAX_LINE else None
            self.lines.append(line)


def _cells(card: list[Property]) -> tuple[str, ...]:
    source, external_id = _key(_first(card, "UID"))
    organisation = next((each.parts()[0] for each in card if each.name == "ORG"), "")
    return (
        external_id,
        source,
        _first(card, "FN") or _name(card),
        "; ".join(_by_preference(card, "EMAIL")),
        organisation.strip(),
        _country(card),
        "; ".join(value.removeprefix("tel:") for value in _by_preference(card, "TEL")),
        _first(card, "TITLE"),
        _first(card, "URL"),
        *(_first(card, name) for name in _OURS),
    )


def _key(uid: str) -> tuple[str, str]:
    """The source and external id of a card; our own cards have those they went out with."""
    if uid.startswith(OWN_UID):
        source, _, external_id = uid.removeprefix(OWN_UID).partition(":")
        return unquote(source), external_id
    return (SOURCE if uid else "", uid.removeprefix("urn:uuid:"))


def _first(card: list[Property], name: str) -> str:
    return next((each.text().strip() for each in card if each.name == name), "")


def _by_preference(card: list[Property], name: str) -> list[str]:
    found = sorted((each for each in card if each.name == name), key=lambda each: each.preference)
    values = (each.text().strip().removeprefix("mailto:") for each in found)
    return [value for value in values if value]


def _name(card: list[Property]) -> str:
    """Given names before the family name, out of N: family; given; additional; prefix; suffix."""
    parts = next((each.parts() for each in card if each.name == "N"), [])
    family, given = (*parts, "", "")[:2]
    return " ".join(part.strip() for part in (given, family) if part.strip())


def _country(card: list[Property]) -> str:
    """The country of the first address that names it by its code; names are not guessed at."""
    written = (each.parts()[-1].strip().upper() for each in card if each.name == "ADR")
    return next((code for code in written if code in COUNTRIES), "")


def _properties(text: TextIOWrapper) -> Iterator[Property]:
    """The logical lines: those that are folded, or broken by quoted-printable, put together."""
    kept = ""
    is_too_long = False
    for line in _lines(text):
        is_more = line[:1] in {" ", "\t"} or _is_soft_break(kept)
        if not is_more:
            if kept.strip():
                yield property_of(kept, is_too_long=is_too_long)
            kept, is_too_long = line, False
        elif len(kept) + len(line) <= MAX_LINE:
            kept = _joined(kept, line)
        else:
            is_too_long = kept.partition(":")[0].partition(";")[0].upper() in _TAKEN
    if kept.strip():
        yield property_of(kept, is_too_long=is_too_long)


def _lines(text: TextIOWrapper) -> Iterator[str]:
    """The physical lines; what a line has beyond `MAX_LINE` characters comes as folded ones."""
    is_rest = False
    while chunk := text.readline(MAX_LINE):
        line = chunk.rstrip("\r\n")
        yield f" {line}" if is_rest else line
        is_rest = len(line) == len(chunk)


def _joined(kept: str, line: str) -> str:
    if _is_soft_break(kept):
        return kept[:-1] + line.lstrip(" \t")
    return kept + line[1:]


def _is_soft_break(line: str) -> bool:
    return line.endswith("=") and "QUOTED-PRINTABLE" in line.partition(":")[0].upper()
