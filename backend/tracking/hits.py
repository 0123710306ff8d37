"""The hit table: facts as they came from the edge, and as the rules read them back."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

import orjson

from backend import db
from backend.tracking.facts import NOTHING, Kind, NetworkFacts, RawHit
from backend.tracking.scope import Scope
from backend.tracking.signatures import Agent, read_agent
from backend.tracking.targets import Copy, Mail, Target, add_copies
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


class Arrival(NamedTuple):
    """A hit of the log with the mail and the copy that it fetched, and as the rules see it."""

    hit: RawHit
    mail: Mail
    copy: Copy
    facts: Facts
    agent_id: str


def arrivals(
    hits: Sequence[RawHit], targets: Mapping[str, Target], mails: Mapping[str, Mail]
) -> list[Arrival]:
    """The hits whose tokens have a target, mail by mail; the copies of all targets are known.

    A hit whose token is not in this database (restored from an older backup, say) belongs to no
    organisation and is counted nowhere but in the log's own counters.
    """
    known = [(targets[hit.token], hit) for hit in hits if hit.token in targets]
    # In the order of the indexes by mail: rows inserted so take a tenth to a fifth less time.
    known.sort(key=_by_mail)
    return [_arrival(hit, target, mails[target.stamp_id]) for target, hit in known]


def store(came: Sequence[Arrival]) -> None:
    """Insert these hits."""
    _store_agents(came)
    db.insert_rows("hit", COLUMNS, [_row(one) for one in came])


def between(
    mails: Mapping[str, Mail], window: Window, scope: Scope | None = None, unless: str = ""
) -> dict[str, list[Facts]]:
    """The stored hits of these mails by stamp id, within the window, in the order of time.

    With a scope, only those opens that are in it; `unless` is one more condition, as SQL.
    """
    where, params = window.condition("received_at")
    wanted, given = scope.condition() if scope else ("", [])
    # JSON as text: the few different values are decoded once.
    stored = db.rows(
        "SELECT stamp_id, id, kind, received_at, CAST(network AS text), reader_key,"
        " copy_id, link_id, CAST(headers AS text), agent_id"
        f" FROM hit WHERE stamp_id {db.among('uuid')}{where}{wanted}{unless}",
        [db.many(mails), *params, *given],
    )
    add_copies(mails, {row[6] for row in stored})
    agents = _agents_of({row[-1] for row in stored})
    found: dict[str, list[Facts]] = {}
    for row in stored:
        found.setdefault(row[0], []).append(_stored(row, agents, mails[row[0]]))
    for facts in found.values():  # a few each: cheaper than to have the database sort them all
        if len(facts) > 1:
            facts.sort(key=_when)
    return found


def has_any(stamp_id: str) -> bool:
    """Whether a hit on this mail is stored."""
    return db.one("SELECT 1 FROM hit WHERE stamp_id = %s LIMIT 1", [stamp_id]) is not None


def is_prefetch(headers: Mapping[str, str]) -> bool:
    """Whether a Purpose header says that nobody has asked to see this yet."""
    said = " ".join(headers.get(name, "") for name in PREFETCH_HEADERS).lower()
    return any(word in said for word in PREFETCH_WORDS)


def asks_not_to_be_tracked(headers: Mapping[str, str]) -> bool:
    """Whether Global Privacy Control or Do Not Track is on (globalprivacycontrol.org)."""
    return headers.get("sec-gpc") == "1" or headers.get("dnt") == "1"


def _arrival(hit: RawHit, target: Target, mail: Mail) -> Arrival:
    headers, copy = hit.headers, mail.copies[target.copy_id]
    agent_id, agent = _agent_of_text(hit.user_agent, headers.get("x-requested-with", ""))
    facts = Facts(
        hit.id,
        hit.kind,
        hit.received_at,
        agent,
        hit.network,
        hit.reader_key,
        target.copy_id,
        target.link_id,
        *_said(headers, mail),
        len(copy.readers) == 1,
    )
    return Arrival(hit, mail, copy, facts, agent_id)


def _said(headers: Mapping[str, str], mail: Mail) -> tuple[bool, bool, bool]:
    """Whether a prefetch, the sender herself, or a wish not to be tracked is in the headers."""
    if not headers:
        return False, False, False
    is_self = headers.get("self") == mail.user_id
    return is_prefetch(headers), is_self, asks_not_to_be_tracked(headers)


def _row(came: Arrival) -> tuple[object, ...]:
    hit, mail, copy, facts, agent_id = came
    return (
        hit.id,
        hit.received_at,
        mail.org_id,
        mail.stamp_id,
        copy.id,
        facts.link,
        str(hit.kind),  # .value takes four times as long
        agent_id,
        orjson.dumps(hit.headers).decode() if hit.headers else None,
        hit.reader_key,
        _network_text(hit.network),
    )


_NOWHERE = NetworkFacts()


@lru_cache(_KNOWN_AGENTS)
def _network_text(network: NetworkFacts) -> str | None:
    if network == _NOWHERE:
        return None
    return orjson.dumps(
        [network.asn, network.country, network.is_approximate, network.lists]
    ).decode()


def _stored(row: db.Row, agents: Mapping[str, Agent], mail: Mail) -> Facts:
    _, hit_id, kind, received_at, network, reader_key, copy_id, link_id, headers_text, agent_id = (
        row
    )
    headers = orjson.loads(headers_text) if headers_text else NOTHING
    return Facts(
        hit_id,
        _KINDS[kind],
        received_at,
        agents[agent_id],
        _NOWHERE if network is None else _network_of(network),
        bytes(reader_key),
        copy_id,
        link_id,
        *_said(headers, mail),
        len(mail.copies[copy_id].readers) == 1,
    )


_when = attrgetter("received_at", "id")


def _by_mail(known: tuple[Target, RawHit]) -> str:
    return known[0].stamp_id


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


@lru_cache(_KNOWN_AGENTS)
def _agent_of_text(user_agent: str, requested_with: str) -> tuple[str, Agent]:
    digest = hashlib.sha256(f"{user_agent}\n{requested_with}".encode("utf-8", "replace"))
    return str(UUID(bytes=digest.digest()[:16])), read_agent(user_agent, requested_with)


def _store_agents(came: Iterable[Arrival]) -> None:
    agents = {one.agent_id: one for one in came}
    known = {
        agent_id
        for (agent_id,) in db.rows(
            f"SELECT id FROM agent WHERE id {db.among('uuid')}", [db.many(agents)]
        )
    }
    for agent_id in sorted(agents.keys() - known):  # in one order: nobody waits in a ring
        hit, agent = agents[agent_id].hit, agents[agent_id].facts.agent
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
