"""Hits beyond what is looked at one by one: a flood of one kind on one copy within a minute. Pure.

    the first MOST of a crowd in a minute   judged, by themselves and by what lies around them
    all that come behind them               stored, and told of in one line: "judged in bulk"

A crowd is the clicks of a copy, or its markers, or the presses on its page; of opens it is those of
one reader, since a copy may have thousands of readers and their opens say nothing of each other.
Who comes behind the first MOST follows from the order of time alone and holds for good. So the
surplus is never read again: its lines say where it begins, when it ended and how much it is, and a
batch does not cost more with every hit of a flood (docs/decisions/0048).
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from backend.tracking.derive import Derived, kind_name
from backend.tracking.facts import OPEN, Kind
from backend.tracking.verdicts import LOW, Facts, Verdict, ruling

# A choice of ours: no readers click eight times a second on one copy, and so many are judged in
# some 20 ms. Neither may change while there are lines made by the other value.
MOST = 500
MINUTE = timedelta(minutes=1)

EVERYBODY = b""
_BULK = ruling("surplus", Verdict.SUSPECTED, LOW, "judged_in_bulk")
_START = datetime(1970, 1, 1, tzinfo=UTC)


class Crowd(NamedTuple):
    """Hits of which only the first are looked at; `reader` is EVERYBODY but for opens."""

    kind: Kind
    copy: str
    reader: bytes
    minute: datetime


class Line(NamedTuple):
    """What came behind the first of a crowd on one link. `id` is the id of its first hit."""

    id: str
    first_at: datetime
    last_at: datetime
    hits: int
    crowd: Crowd
    link: str | None


Lines = dict[tuple[Crowd, str | None], Line]
_Moment = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Surplus:
    """The lines of one mail, and with them where the surplus of each crowd begins."""

    lines: Lines = field(default_factory=dict)
    _begins: dict[Crowd, _Moment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for line in self.lines.values():
            begin = self._begins.get(line.crowd)
            moment = line.first_at, line.id
            self._begins[line.crowd] = min(begin, moment) if begin else moment

    def holds(self, hit: Facts) -> bool:
        """Whether a hit comes behind the first ones of its crowd, as far as lines say."""
        begin = self._begins.get(crowd_of(hit)) if self._begins else None
        return begin is not None and _moment(hit) >= begin

    def part(
        self, hits: Sequence[Facts], new: Iterable[Facts] | None = None
    ) -> tuple[Sequence[Facts], list[Facts]]:
        """Those of these hits that are looked at, in the order given, and those behind them.

        Of the crowds of `new` ones (of all without) `hits` must hold each stored hit that no line
        has; of the others only what lies behind a line is surplus.
        """
        if not self.lines and len(hits) <= MOST:
            return hits, []
        crowds = None if new is None else set(map(crowd_of, new))
        members: dict[Crowd, list[Facts]] = defaultdict(list)
        for hit in hits:
            members[crowd_of(hit)].append(hit)
        behind: list[Facts] = []
        for crowd, some in members.items():
            some.sort(key=_moment)
            begin = self._begins.get(crowd)
            first = len(some) if begin is None else bisect_left(some, begin, key=_moment)
            if crowds is None or crowd in crowds:
                first = min(first, MOST)
            behind += some[first:]
        ids = {hit.id for hit in behind}
        return ([hit for hit in hits if hit.id not in ids] if ids else hits), behind

    def grown_by(self, behind: Iterable[Facts]) -> Lines:
        """The lines that these hits, which none of them counts yet, begin or add to."""
        lines: Lines = {}
        for hit in behind:
            key = crowd_of(hit), hit.link
            line = lines.get(key) or self.lines.get(key)
            lines[key] = _with(line, hit) if line else _begun_by(hit, *key)
        return lines


NONE = Surplus()


def crowd_of(hit: Facts) -> Crowd:
    """The crowd that a hit belongs to."""
    reader = hit.reader_key if hit.kind is OPEN else EVERYBODY
    return Crowd(hit.kind, hit.copy, reader, minute_of(hit.received_at))


def minute_of(at: datetime) -> datetime:
    """When the minute began that a moment lies in."""
    return at - (at - _START) % MINUTE


def told(lines: Iterable[Line]) -> list[Derived]:
    """The engagements by which lines are shown: nobody's, and not counted."""
    return [_told(line) for line in lines]


def _begun_by(hit: Facts, crowd: Crowd, link: str | None) -> Line:
    return Line(hit.id, hit.received_at, hit.received_at, 1, crowd, link)


def _with(line: Line, hit: Facts) -> Line:
    first_at, first = min((line.first_at, line.id), _moment(hit))
    last_at = max(line.last_at, hit.received_at)
    return Line(first, first_at, last_at, line.hits + 1, line.crowd, line.link)


def _told(line: Line) -> Derived:
    return Derived(
        id=line.id,
        kind=kind_name(line.crowd.kind),
        verdict=_BULK.verdict,
        group=_BULK.group,
        confidence=_BULK.confidence,
        reasons=_BULK.reasons,
        rule=_BULK.rule,
        is_counted=_BULK.is_counted,
        repeats=line.hits - 1,
        copy=line.crowd.copy,
        link=line.link,
        reader_key=line.crowd.reader,
        occurred_at=line.first_at,
        last_at=line.last_at,
        client="",
        device="",
        client_label="",
        asn=None,
        country=None,
        hints=(),
    )


def _moment(hit: Facts) -> _Moment:
    return hit.received_at, hit.id
