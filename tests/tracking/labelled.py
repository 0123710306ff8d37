"""The labelled hits of tests/data/hits.toml as the rules see them."""

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from backend.tracking.classify import Facts, Ruling, Sending, Tuning, judge
from backend.tracking.facts import Kind, NetworkFacts
from backend.tracking.signatures import read_agent

HITS_FILE = Path(__file__).parent.parent / "data" / "hits.toml"
SENT_AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
KINDS = {"open": Kind.OPEN, "click": Kind.CLICK, "marker": Kind.MARKER}


@dataclass(frozen=True, slots=True)
class Labelled:
    """One hit with its truth: what the source says it was, and whether a person acted."""

    why: str
    source: str
    facts: Facts
    verdict: str
    is_counted: bool


@dataclass(frozen=True, slots=True)
class Case:
    """The hits of one stamp that are judged together."""

    hits: tuple[Labelled, ...]
    sending: Sending
    tuning: Tuning

    def judged(self) -> list[tuple[Labelled, Ruling]]:
        """Each hit with what the rules say of it."""
        rulings = judge([one.facts for one in self.hits], self.sending, self.tuning)
        return list(zip(self.hits, rulings, strict=True))


@cache
def cases() -> list[Case]:
    """All entries of the file: single hits first, then groups."""
    entries = tomllib.loads(HITS_FILE.read_text("utf-8"))
    singles = [_case(str(at), {**row, "hit": [row]}) for at, row in enumerate(entries["hit"])]
    return singles + [_case(f"g{at}", row) for at, row in enumerate(entries["group"])]


def _case(name: str, row: dict) -> Case:
    hits = tuple(_labelled(f"{name}-{at}", one, row) for at, one in enumerate(row["hit"]))
    hosting = {one["asn"] for one in row["hit"] if one.get("hosting")}
    sending = Sending(
        sent_at=None if row.get("is_unconfirmed") else SENT_AT,
        link_count=row.get("link_count", 3),
        self_views=tuple(SENT_AT + timedelta(seconds=s) for s in row.get("self_views_s", ())),
        honeypot=row.get("honeypot"),
    )
    return Case(hits, sending, Tuning(hosting_asns=frozenset(hosting)))


def _labelled(name: str, hit: dict, row: dict) -> Labelled:
    kind = KINDS[hit["kind"]]
    facts = Facts(
        id=name,
        kind=kind,
        received_at=SENT_AT + timedelta(seconds=hit["delay_s"]),
        agent=read_agent(hit["user_agent"], hit.get("requested_with", "")),
        network=NetworkFacts(
            asn=hit.get("asn"),
            country=hit.get("country"),
            is_approximate=bool(hit.get("lists")),
            lists=tuple(sorted(hit.get("lists", ()))),
        ),
        reader_key=hashlib.sha256(hit.get("reader", name).encode()).digest()[:16],
        copy="copy",
        link=hit.get("link", "link") if kind is Kind.CLICK else None,
        is_prefetch=hit.get("is_prefetch", False),
        is_self_cookie=hit.get("is_self_cookie", False),
        has_gpc=hit.get("has_gpc", False),
        is_one_recipient=row.get("one_recipient", False),
    )
    return Labelled(row["why"], row["source"], facts, hit["verdict"], hit["counted"])
