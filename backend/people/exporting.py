"""People as a file: CSV that comes back in as it went out, or vCards, a page at a time.

A cell that a spreadsheet would take for a formula gets an apostrophe in front, which an import
takes away again.
Source of the vCards: RFC 6350 (4.0, Aug 2011).
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote

from backend import db
from backend.models.org import AuditLog
from backend.people import cells, finding
from backend.people.details import Found
from backend.people.tables import FileKind
from backend.people.values import Actor
from backend.people.vcards import OWN_UID

PAGE_ROWS = 200
MAX_CUSTOM = 90  # a file may have 100 columns
FOLD_BYTES = 75
HEADER = (
    "kind",
    "name",
    "email",
    "company",
    "owner",
    "country",
    "do_not_track",
    "consent",
    "source",
    "external_id",
)

_ESCAPED = re.compile(r"[\\,;]")
_BREAKS = re.compile(r"\r\n|\r|\n")


def export(actor: Actor, query: finding.Query, kind: FileKind) -> Iterator[bytes]:
    """The people of a query in pieces, one for each page; no connection is held between them.

    vCards have no place for custom fields; CSV has the first `MAX_CUSTOM` that are in use.
    """
    pages = _pages(actor, query)
    if kind is FileKind.VCARD:
        return _as_vcards(pages)
    return _as_csv(pages, _custom_names(actor.org_id))


def _custom_names(org_id: str) -> list[str]:
    keys = (
        "jsonb_object_keys(custom) FROM person"
        if db.is_postgres()
        else "j.key FROM person, json_each(custom) j"
    )
    found = db.rows(f"SELECT DISTINCT {keys} WHERE org_id = %s LIMIT %s", [org_id, MAX_CUSTOM])
    return sorted(name for (name,) in found)


def _pages(actor: Actor, query: finding.Query) -> Iterator[list[Found]]:
    asked = replace(query, limit=PAGE_ROWS, before=None)
    count = 0
    try:
        while True:
            with db.connection():
                page = finding.page(actor.org_id, asked)
            count += len(page.items)
            yield page.items
            if page.next is None:
                return
            asked = replace(asked, before=page.next)
    finally:  # also where the reader goes away before the end, with what he has by then
        with db.connection():
            _write_audit(actor, query, count)


def _as_csv(pages: Iterator[list[Found]], custom: Sequence[str]) -> Iterator[bytes]:
    # With the mark in front Excel takes the file for UTF-8.
    yield codecs.BOM_UTF8 + _lines([[*HEADER, *map(cells.harmless, custom)]])
    for people in pages:
        yield _lines(_cells(person, custom) for person in people)


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cells(person: Found, custom: Sequence[str]) -> list[str]:
    facts = (
        person.kind,
        person.name,
        "; ".join(person.addresses),
        person.company,
        person.owner.email if person.owner else "",
        person.country,
        "yes" if person.do_not_track else "no",
        person.consent,
        person.source,
        person.external_id,
        *(_plain(person.custom.get(name)) for name in custom),
    )
    return [cells.harmless(text) for text in facts]


def _plain(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return db.dumps(value)


def _as_vcards(pages: Iterator[list[Found]]) -> Iterator[bytes]:
    for people in pages:
        yield b"".join(_card(person) for person in people)


def _card(person: Found) -> bytes:
    key = f"{OWN_UID}{quote(person.source, safe='')}:{person.external_id}"
    lines = ["BEGIN:VCARD", "VERSION:4.0", f"UID:{_escaped(key)}", f"FN:{_escaped(person.name)}"]
    for place, address in enumerate(person.addresses):
        preference = ";PREF=1" if not place else ""
        lines.append(f"EMAIL{preference}:{_escaped(address)}")
    if person.company:
        lines.append(f"ORG:{_escaped(person.company)}")
    if person.country:
        lines.append(f"ADR:;;;;;;{person.country}")
    lines.append(f"X-TELLTALE-KIND:{person.kind}")
    lines.append(f"X-TELLTALE-DO-NOT-TRACK:{'yes' if person.do_not_track else 'no'}")
    lines.append(f"X-TELLTALE-CONSENT:{person.consent}")
    lines.append("END:VCARD")
    return b"".join(map(_folded, lines))


def _escaped(text: str) -> str:
    return _BREAKS.sub(r"\\n", _ESCAPED.sub(r"\\\g<0>", text))


def _folded(line: str) -> bytes:
    """The line in pieces of at most 75 bytes, which break between characters."""
    pieces, piece = [], b""
    for letter in line:
        encoded = letter.encode()
        if len(piece) + len(encoded) > FOLD_BYTES:
            pieces.append(piece)
            piece = b" "
        piece += encoded
    return b"\r\n".join([*pieces, piece]) + b"\r\n"


def _write_audit(actor: Actor, query: finding.Query, count: int) -> None:
    asked = {
        "kind": query.kind,
        "owner": query.owner,
        "account": query.account,
        "do_not_track": query.do_not_track,
        "is_searched": bool(query.q),
    }
    AuditLog.create(
        org_id=actor.org_id,
        actor=actor.name,
        action="people.export",
        object_type="organization",
        object_id=actor.org_id,
        detail={"people": count} | {name: value for name, value in asked.items() if value},
    )
