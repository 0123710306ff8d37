"""Folding judged hits into engagements: one per person, thing and gathering cycle. Pure.

    cycle = floor(unix seconds / cycle_s)
    engagement = first hit of (kind, copy or link, class group, reader key) in one cycle

The hits after the first only raise `repeats`. The strongest ruling of the fold speaks for it:
counted before not counted, then the surer one, then the earlier. Groups never mix, so a machine's
open cannot swallow a person's. A caller that folds a window must give whole cycles.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from backend.tracking.classify import Facts, Group, Ruling, Verdict
from backend.tracking.facts import Kind
from backend.tracking.signatures import label

# A choice of ours: whoever comes behind so many is news to nobody, and they need not be read again.
TOLD_APART = 1_000

_KINDS = {
    Kind.OPEN: "open",
    Kind.MARKER: "open",  # the sender's own copy, shown as "You opened"
    Kind.CLICK: "click",
    Kind.UNSUBSCRIBE: "unsubscribe",
}
# Where a reader's own client spoke, so that its country is the reader's.
_HUMAN, _APPLE_MPP = Verdict.HUMAN, Verdict.APPLE_MPP
_DIRECT = frozenset({_HUMAN, Verdict.UNKNOWN})


class Reader(NamedTuple):
    """Who opened or clicked a copy before, as far as a second reader can be told from it.

    `family` is the first word of the client ("Outlook" on a phone and on a desktop is one family).
    """

    copy: str
    kind: str
    family: str
    asn: int | None
    country: str | None


class Derived(NamedTuple):
    """One engagement. `id` is its first hit's, `repeats` the hits folded in beside that one.

    `country` is None for proxies and machines; `hints` holds codes such as "maybe_forwarded"
    with its reasons, and "country_is_approximate".
    """

    id: str
    kind: str
    verdict: Verdict
    group: Group
    confidence: float
    reasons: tuple[str, ...]
    rule: str
    is_counted: bool
    repeats: int
    copy: str
    link: str | None
    reader_key: bytes
    occurred_at: datetime
    last_at: datetime
    client: str
    device: str
    client_label: str
    asn: int | None
    country: str | None
    hints: tuple[str, ...]


_Judged = tuple[Facts, Ruling]
_Readers = dict[tuple[str, str], list[Reader]]


def derive(
    hits: Sequence[Facts],
    rulings: Sequence[Ruling],
    cycle_s: int,
    earlier_readers: Collection[Reader] = (),
    counted_before: int = 0,
) -> list[Derived]:
    """The engagements of these hits, in the order of their first hits.

    `rulings` stand in the order of `hits`. `earlier_readers` are those of engagements before this
    window (`reader_of`); within the window they are found here. Behind `TOLD_APART` counted opens
    and clicks, with those before the window, nobody is told from them any more.
    """
    if len(hits) == 1 and not earlier_readers:  # most mails: nobody to tell its reader from
        return [_engagement([(hits[0], rulings[0])], None)]
    known: _Readers = defaultdict(list)
    for reader in earlier_readers:
        known[reader.copy, reader.kind].append(reader)
    folds: dict[tuple[object, ...], list[_Judged]] = defaultdict(list)
    judged = sorted(zip(hits, rulings, strict=True), key=_when)
    for hit, ruling in judged:
        folds[_fold_key(hit, ruling, cycle_s)].append((hit, ruling))
    if counted_before + len(folds) <= TOLD_APART:
        return [_engagement(fold, known) for fold in folds.values()]
    made = []
    for fold in folds.values():
        made.append(_engagement(fold, known if counted_before < TOLD_APART else None))
        counted_before += made[-1].is_counted and made[-1].kind != _KINDS[Kind.UNSUBSCRIBE]
    return made


def kind_name(kind: Kind) -> str:
    """What an engagement made of such hits is called."""
    return _KINDS[kind]


def tells_readers_apart(hit: Facts, ruling: Ruling) -> bool:
    """Only a verified client does, heard directly: of a relay or a proxy the network is another's.

    And only on copies that went to one person: with several, a second reader is to be expected.
    """
    is_direct = ruling.verdict is _HUMAN and ruling.is_counted
    is_proven = is_direct and hit.is_one_recipient and hit.agent.is_verified
    return is_proven and not hit.network.is_approximate


def reader_of(hit: Facts, ruling: Ruling) -> Reader | None:
    """The reader to remember, or None."""
    if not tells_readers_apart(hit, ruling):
        return None
    return Reader(
        copy=hit.copy,
        kind=_KINDS[hit.kind],
        family=hit.agent.client.partition(" ")[0],
        asn=hit.network.asn,
        country=hit.network.country,
    )


def _when(judged: _Judged) -> tuple[datetime, str]:
    return judged[0].received_at, judged[0].id


def _fold_key(hit: Facts, ruling: Ruling, cycle_s: int) -> tuple[object, ...]:
    cycle = int(hit.received_at.timestamp()) // cycle_s
    return cycle, _KINDS[hit.kind], hit.copy, hit.link, ruling.group, hit.reader_key


def _engagement(fold: Sequence[_Judged], known: _Readers | None) -> Derived:
    """The engagement of one fold (in order of time); its reader joins the known ones, if any are.

    Without `known` nobody else is to be told from its reader.
    """
    first, last = fold[0][0], fold[-1][0]
    hit, ruling = fold[0] if len(fold) == 1 else max(fold, key=_strength)
    country, country_hints = _country(hit, ruling)
    agent = hit.agent
    return Derived(  # by position: by name it takes twice as long, and this is made of every hit
        first.id,
        _KINDS[first.kind],
        ruling.verdict,
        ruling.group,
        ruling.confidence,
        ruling.reasons,
        ruling.rule,
        ruling.is_counted,
        len(fold) - 1,
        first.copy,
        first.link,
        first.reader_key,
        first.received_at,
        last.received_at,
        agent.client,
        agent.device,
        label(agent),
        hit.network.asn,
        country,
        country_hints if known is None else _forward_hints(hit, ruling, known) + country_hints,
    )


def _strength(judged: _Judged) -> tuple[bool, float]:
    # max() keeps the first of equals, and folds are in the order of time.
    return judged[1].is_counted, judged[1].confidence


def _country(hit: Facts, ruling: Ruling) -> tuple[str | None, tuple[str, ...]]:
    """The reader's country, or the coarse one that Apple's relay keeps; else none."""
    network = hit.network
    is_kept = ruling.verdict in _DIRECT or ruling.verdict is _APPLE_MPP
    if not (network.country and is_kept):
        return None, ()
    return network.country, ("country_is_approximate",) if network.is_approximate else ()


def _forward_hints(hit: Facts, ruling: Ruling, known: _Readers) -> tuple[str, ...]:
    """("maybe_forwarded", why, ...) when this reader cannot well be any of the earlier ones.

    Opens are held against opens and clicks against clicks: one person opens in Outlook and clicks
    in Chrome. A hint only: a phone abroad looks the same. The recipient stays the original one.
    """
    reader = reader_of(hit, ruling)
    if reader is None:
        return ()
    earlier = known[reader.copy, reader.kind]
    places = [_other_place(reader, one) for one in earlier]
    is_new = bool(earlier) and all(
        place and reader.family != one.family for place, one in zip(places, earlier, strict=True)
    )
    if reader not in earlier:
        earlier.append(reader)
    return ("maybe_forwarded", "other_client", places[0]) if is_new else ()


def _other_place(reader: Reader, before: Reader) -> str:
    if reader.country and before.country and reader.country != before.country:
        return "other_country"
    is_known = reader.asn is not None and before.asn is not None
    return "other_network" if is_known and reader.asn != before.asn else ""
