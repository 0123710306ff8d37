"""The hit table: facts as they came from the edge, and as the rules read them back."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from backend import db
from backend.tracking.facts import NOTHING, Kind, NetworkFacts, RawHit
from backend.tracking.scope import Scope
from backend.tracking.signatures import Agent, read_agent
from backend.tracking.targets import Mail, Target, add_copies
from backend.tracking.verdicts import Facts
from backend.tracking.windows import Window

COLUMNS = (
    "id",
    "received_at",
    "org_id",
    "stamp_id",
    "copy_id",
    "link_id",
    "kind",
    "agent_id",
    "headers",
    "reader_key",
    "network",
)
PREFETCH_HEADERS = ("sec-purpose", "purpose", "x-purpose", "x-moz")
PREFETCH_WORDS = ("prefetch", "preview", "prerender")
_KNOWN_AGENTS = 10_000
_KINDS = {kind.value: kind for kind in Kind}
_agents: dict[str, Agent] = {}


def store(hits: Sequence[RawHit], targets: Mapping[str, Target], mails: Mapping[str, Mail]) -> None:
    """Insert the hits (whose tokens have a target and whose mails are known)."""
    agents = [_agent(hit) for hit in hits]
    _store_agents(hits, agents)
    db.insert_rows(
        "hit",
        COLUMNS,
        [
            _row(hit, agent_id, targets[hit.token], mails)
            for hit, (agent_id, _) in zip(hits, agents, strict=True)
        ],
    )


def facts_of(hit: RawHit, target: Target, mail: Mail) -> Facts:
    """A hit as the rules see it."""
    headers = hit.headers
    return Facts(
        hit.id,
        hit.kind,
        hit.received_at,
        _agent(hit)[1],
        hit.network,
        hit.reader_key,
        target.copy_id,
        target.link_id,
        is_prefetch=bool(headers) and is_prefetch(headers),
        is_self_cookie=bool(headers) and headers.get("self") == mail.user_id,
        has_gpc=bool(headers) and asks_not_to_be_tracked(headers),
        is_one_recipient=len(mail.copies[target.copy_id].readers) == 1,
    )


def between(
    mails: Mapping[str, Mail], window: Window, scope: Scope | None = None
) -> dict[str, list[Facts]]:
    """The stored hits of these mails by stamp id, within the window, in the order of time.

    With a scope, only those opens that are in it.
    """
    where, params = window.condition("received_at")
    wanted, given = scope.condition() if scope else ("", [])
    # JSON as text: the few different values are decoded once.
    stored = db.rows(
        "SELECT stamp_id, id, kind, received_at, CAST(network AS text), reader_key,"
        " copy_id, link_id, CAST(headers AS text), agent_id"
        f" FROM hit WHERE stamp_id {db.among('uuid')}{where}{wanted}",
        [db.many(mails), *params, *given],
    )
    add_copies(mails, {row[6] for row in stored})
    agents = _agents_of({row[-1] for row in stored})
    found: dict[str, list[Facts]] = {}
    for stamp_id, *row, agent_id in stored:
        found.setdefault(stamp_id, []).append(_stored(row, agents[agent_id], mails[stamp_id]))
    for facts in found.values():  # a few each: cheaper than to have the database sort them all
        if len(facts) > 1:
            facts.sort(key=_when)
    return found


def is_prefetch(headers: Mapping[str, str]) -> bool:
    """Whether a Purpose header says that nobody has asked to see this yet."""
    if not headers:
        return False
    said = " ".join(headers.get(name, "") for name in PREFETCH_HEADERS).lower()
    return any(word in said for word in PREFETCH_WORDS)


def asks_not_to_be_tracked(headers: Mapping[str, str]) -> bool:
    """Whether Global Privacy Control or Do Not Track is on (globalprivacycontrol.org)."""
    return headers.get("sec-gpc") == "1" or headers.get("dnt") == "1"


def _row(
    hit: RawHit, agent_id: str, target: Target, mails: Mapping[str, Mail]
) -> tuple[object, ...]:
    network = hit.network
    return (
        hit.id,
        hit.received_at,
        mails[target.stamp_id].org_id,
        target.stamp_id,
        target.copy_id,
        target.link_id,
        hit.kind.value,
        agent_id,
        orjson.dumps(hit.headers).decode() if hit.headers else None,
        hit.reader_key,
        None if network == _NOWHERE else _network_text(network),
    )


_NOWHERE = NetworkFacts()


@lru_cache(_KNOWN_AGENTS)
def _network_text(network: NetworkFacts) -> str:
    return orjson.dumps(
        [network.asn, network.country, network.is_approximate, network.lists]
    ).decode()


def _stored(row: Sequence[Any], agent: Agent, mail: Mail) -> Facts:
    hit_id, kind, received_at, network, reader_key, copy_id, link_id, headers_text = row
    headers = orjson.loads(headers_text) if headers_text else NOTHING
    return Facts(
        hit_id,
        _KINDS[kind],
        received_at,
        agent,
        _NOWHERE if network is None else _network_of(network),
        bytes(reader_key),
        copy_id,
        link_id,
        is_prefetch=bool(headers) and is_prefetch(headers),
        is_self_cookie=bool(headers) and headers.get("self") == mail.user_id,
        has_gpc=bool(headers) and asks_not_to_be_tracked(headers),
        is_one_recipient=len(mail.copies[copy_id].readers) == 1,
    )


def _when(hit: Facts) -> tuple[datetime, str]:
    return hit.received_at, hit.id


@lru_cache(_KNOWN_AGENTS)
def _network_of(text: str) -> NetworkFacts:
    asn, country, is_approximate, lists = orjson.loads(text)
    return NetworkFacts(asn, country, is_approximate, tuple(lists))


def _agents_of(agent_ids: set[str]) -> Mapping[str, Agent]:
    """The agents of these ids: read once by a process, since an id is made of what it names."""
    if len(_agents) > _KNOWN_AGENTS:
        _agents.clear()
    missing = agent_ids - _agents.keys()
    if missing:
        for agent_id, *agent in db.rows(
            f"SELECT id, facts, text, requested_with FROM agent WHERE id {db.among('uuid')}",
            [db.many(missing)],
        ):
            _agents[agent_id] = _agent_of_row(*agent)
    return _agents


def _agent_of_row(facts: Mapping[str, object], text: str | None, requested_with: str) -> Agent:
    # While the text is there it is read by today's signatures; later what was found then holds.
    return Agent.from_row(facts) if text is None else read_agent(text, requested_with)


def _agent(hit: RawHit) -> tuple[str, Agent]:
    return _agent_of_text(hit.user_agent, hit.headers.get("x-requested-with", ""))


@lru_cache(_KNOWN_AGENTS)
def _agent_of_text(user_agent: str, requested_with: str) -> tuple[str, Agent]:
    digest = hashlib.sha256(f"{user_agent}\n{requested_with}".encode("utf-8", "replace"))
    return str(UUID(bytes=digest.digest()[:16])), read_agent(user_agent, requested_with)


def _store_agents(hits: Sequence[RawHit], found: Sequence[tuple[str, Agent]]) -> None:
    agents = {agent_id: (hit, agent) for hit, (agent_id, agent) in zip(hits, found, strict=True)}
    known = {
        agent_id
        for (agent_id,) in db.rows(
            f"SELECT id FROM agent WHERE id {db.among('uuid')}", [db.many(agents)]
        )
    }
    for agent_id in agents.keys() - known:
        hit, agent = agents[agent_id]
        db.execute(
            "INSERT INTO agent (id, text, requested_with, facts, seen_at)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING",
            [
                agent_id,
                hit.user_agent,
                hit.headers.get("x-requested-with", ""),
                db.dumps(agent.to_row()),
                hit.received_at,
            ],
        )
