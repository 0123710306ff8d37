"""What is held about a subject: one query for each kind of row, counted or read in pages.

In these queries `:org`, `:addresses`, `:people`, `:own` and `:domains` stand for the subject's,
`:written` and `:quoted` for patterns of her addresses.
What is hers of a mail is her line on it. Of a mail's text only what she wrote, or what went between
her and the organisation alone; hits and engagements are hers where her copy was fetched, or nobody
else's could have been.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import idna

from backend import db
from backend.people.reading import given
from backend.privacy.subjects import Subject

PAGE = 200  # rows

# Her line on a mail or a meeting, whose alias stands in the braces.
_HERS = (
    "({0}.org_id = :org AND ({0}.address :addresses"
    " OR ({0}.person_id IS NOT NULL AND {0}.person_id :people)))"  # also to be negated
)
LINES = (
    "SELECT id FROM {0} WHERE org_id = :org AND address :addresses"
    " UNION SELECT id FROM {0} WHERE org_id = :org AND person_id :people"
)
MAILS = LINES.replace("SELECT id", "SELECT message_id").format("participant")
# Nobody else outside takes part in the mail `m`.
ALONE = (
    "NOT EXISTS (SELECT 1 FROM participant o WHERE o.message_id = m.id"
    f" AND NOT {_HERS.format('o')} AND NOT o.address :own AND NOT EXISTS (SELECT 1 FROM :domains"
    " WHERE o.address LIKE '%%@' || k.value OR o.address LIKE '%%.' || k.value))"
)
WROTE = (
    "EXISTS (SELECT 1 FROM participant w WHERE w.message_id = m.id AND w.role = 'from'"
    f" AND {_HERS.format('w')})"
)
STAMPS = f"SELECT s.id FROM stamp s WHERE s.message_id IN ({MAILS})"
# A copy that she alone got.
COPIES = (
    "SELECT c.id FROM stamp_copy c JOIN stamp s ON s.id = c.stamp_id"
    f" WHERE c.stamp_id IN ({STAMPS})"
    " AND (c.address :addresses OR (c.address IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM participant o WHERE o.message_id = s.message_id AND o.role <> 'from'"
    f" AND NOT {_HERS.format('o')})))"
)
_BETWEEN = ('"', ",", ";", "<", ">", "\\n", "\\t")  # addresses in the JSON of a row's cells


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of row: where its rows are, which columns a copy of them has, and what orders them."""

    source: str
    columns: Mapping[str, str]
    key: str = "t.id"


def _apart(text: str) -> str:
    """SQL for a text of cells in which spaces stand around every address."""
    for sign in _BETWEEN:
        text = f"replace({text}, '{sign}', ' ')"
    return f"lower({text})"


def _same(*names: str, table: str = "t") -> dict[str, str]:
    return {name: f"{table}.{name}" for name in names}


KINDS: Mapping[str, Kind] = {
    "people": Kind(
        "person t WHERE t.org_id = :org AND t.id :people",
        _same("kind", "name", "company", "country", "do_not_track", "consent", "source")
        | _same("external_id", "custom", "created_at", "updated_at"),
    ),
    "addresses": Kind(
        "person_address t WHERE t.org_id = :org AND (t.person_id :people OR t.address :addresses)",
        _same("address", "is_primary"),
    ),
    "consents": Kind(
        f"consent_record t WHERE t.id IN ({LINES.format('consent_record')})",
        _same("address", "state", "how", "text_version", "occurred_at"),
    ),
    "refusals": Kind(
        "suppression t WHERE t.org_id = :org AND t.address :addresses",
        _same("address", "reason", "created_at", "lifted_at"),
    ),
    "mails": Kind(
        "participant t JOIN email_message m ON m.id = t.message_id"
        " LEFT JOIN message_body b ON b.message_id = m.id"
        f" WHERE t.id IN ({LINES.format('participant')})",
        _same("role", "address", "name")
        | _same("direction", "subject", "sent_at", table="m")
        | {"text": f"CASE WHEN {WROTE} OR {ALONE} THEN b.text END"},
    ),
    "meetings": Kind(
        "attendee t JOIN calendar_event e ON e.id = t.event_id"
        f" WHERE t.id IN ({LINES.format('attendee')})",
        _same("part", "address", "name", "answer")
        | _same("kind", "starts_at", "ends_at", "is_cancelled", table="e")
        | {
            "subject": "(SELECT max(c.subject) FROM calendar_copy c WHERE c.event_id = e.id"
            " AND NOT c.is_private)"
        },
    ),
    "engagements": Kind(
        "engagement t LEFT JOIN tracked_link l ON l.id = t.link_id"
        f" WHERE t.stamp_id IN ({STAMPS}) AND (t.person_id :people OR t.copy_id IN ({COPIES}))",
        _same("kind", "verdict", "confidence", "is_counted", "repeats", "occurred_at", "last_at")
        | _same("client", "device", "client_label", "country")
        | {"url": "l.url"},
    ),
    "hits": Kind(
        "hit t JOIN agent a ON a.id = t.agent_id"
        f" WHERE t.stamp_id IN ({STAMPS}) AND t.copy_id IN ({COPIES})",
        _same("kind", "received_at", "headers", "network") | {"user_agent": "a.text"},
    ),
    "bounces": Kind(
        "bounce t WHERE t.org_id = :org AND t.address :addresses",
        _same("address", "action", "code", "reason", "is_hard", "occurred_at"),
    ),
    "address_books": Kind(
        "book_entry t JOIN mailbox b ON b.id = t.mailbox_id"
        " WHERE t.org_id = :org AND t.person_id :people",
        {"mailbox": "b.address", "rule": "t.rule", "entry": "t.written"},
        "CAST(t.mailbox_id AS text) || t.provider_id",
    ),
    "choices": Kind(
        "address_choice t WHERE t.org_id = :org AND (t.address :addresses OR t.person_id :people)",
        _same("address", "chosen_at"),
        "t.address",
    ),
    "merges": Kind(
        "person_merge t WHERE t.org_id = :org AND (t.kept_id :people OR t.merged_id :people)",
        _same("merged_at", "undone_at", "record"),
    ),
    "import_faults": Kind(
        "people_import_fault t JOIN people_import i ON i.id = t.import_id WHERE t.org_id = :org"
        f" AND EXISTS (SELECT 1 FROM :written WHERE {_apart('CAST(t.cells AS text)')} LIKE k.value"
        " ESCAPE '!')",
        {"file_name": "i.file_name", "row": "t.row_number", "cells": "t.cells"},
        "CAST(t.import_id AS text) || CAST(t.row_number AS text)",
    ),
    "set_aside_hits": Kind(
        "set_aside_hit t WHERE EXISTS (SELECT 1 FROM stamp_copy c"
        " LEFT JOIN tracked_link l ON l.copy_id = c.id"
        f" WHERE c.id IN ({COPIES}) AND (t.hit LIKE '%%' || c.pixel_token || '%%'"
        " OR t.hit LIKE '%%' || c.marker_token || '%%'"
        " OR t.hit LIKE '%%' || c.unsubscribe_token || '%%'"
        " OR t.hit LIKE '%%' || l.token || '%%'))",
        _same("hit", "reason", "set_aside_at"),
    ),
    "left_out": Kind(
        "exclusion t WHERE t.org_id = :org AND t.kind = 'address' AND t.value :addresses",
        {"address": "t.value", "created_at": "t.created_at"},
    ),
}


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of rows by the names of their columns; `next` goes on, None at the end."""

    rows: list[dict[str, Any]]
    next: str | None


def counts(subject: Subject) -> dict[str, int]:
    """How many rows of each kind are held about the subject, also where there are none."""
    found = {}
    for name, kind in KINDS.items():
        sql, params = bound(f"SELECT count(*) FROM {kind.source}", subject)
        found[name] = int((db.one(sql, params) or (0,))[0])
    return found


def page(subject: Subject, name: str, after: str | None = None) -> Rows:
    """The rows of that kind behind a page's `next`, at most `PAGE`."""
    kind = KINDS[name]
    sql, params = bound(
        f"SELECT {kind.key}, {', '.join(kind.columns.values())} FROM {kind.source}", subject
    )
    behind = ""
    if after is not None:
        behind = f" AND {kind.key} > %s"
        params.append(after)
    found = db.rows(f"{sql}{behind} ORDER BY {kind.key} LIMIT {PAGE}", params)
    rows = [dict(zip(kind.columns, row[1:], strict=True)) for row in found]
    return Rows(rows, str(found[-1][0]) if len(found) == PAGE else None)


_SLOT = re.compile(r":(org|addresses|people|own|domains|written|quoted)\b")


def bound(sql: str, subject: Subject) -> tuple[str, list[Any]]:
    """The query for that subject, and its parameters."""
    slots = {
        "org": ("%s", subject.org_id),
        "addresses": (db.among("text"), db.many(subject.addresses)),
        "people": (db.among("uuid"), db.many(subject.people)),
        "own": (db.among("text"), db.many(subject.own)),
        "domains": (given("text"), db.many(subject.domains)),
        "written": (given("text"), db.many(_patterns(subject, " "))),
        "quoted": (given("text"), db.many(_patterns(subject, '"'))),
    }
    params = [slots[name][1] for name in _SLOT.findall(sql)]
    return _SLOT.sub(lambda found: slots[found[1]][0], sql), params


def _patterns(subject: Subject, between: str) -> list[str]:
    """For LIKE: what finds the addresses in a text in which that sign stands around each."""
    escapes = str.maketrans({sign: f"!{sign}" for sign in "!%_"})
    spelled = dict.fromkeys(chain.from_iterable(map(_spellings, subject.addresses)))
    return [f"%{between}{each.translate(escapes)}{between}%" for each in spelled]


def _spellings(address: str) -> tuple[str, ...]:
    """The normalised address, and as people write it where its domain has other letters."""
    local, _, domain = address.rpartition("@")
    try:
        return address, f"{local}@{idna.decode(domain)}"
    except idna.IDNAError:  # one that only DNS can have
        return (address,)
