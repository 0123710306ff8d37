"""What several hits of one stamp say together: bursts, self views, the honeypot.

Each finding depends only on hits within `Tuning.radius`, so that the drain may judge a window of
a long history. All of it is n log n.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime, timedelta

from backend.tracking.facts import CLICK, OPEN, Kind
from backend.tracking.lists import Role
from backend.tracking.signatures import Agent
from backend.tracking.subject import NOTHING, Around
from backend.tracking.verdicts import Facts, Sending, Tuning

_MACHINE_ROLES = frozenset({Role.SCANNER, Role.DETONATION})


def look_around(hits: Sequence[Facts], sending: Sending, tuning: Tuning) -> Around:
    """What these hits (in order of time) say of each other, self views left out."""
    clicks = [hit for hit in hits if hit.kind is CLICK]
    if not clicks or (len(hits) < 2 and sending.honeypot is None):
        return NOTHING
    in_burst = _bursts(clicks, sending.link_count, tuning)
    unmasked = in_burst + _checked_at_delivery(clicks, sending, tuning)
    if not unmasked and sending.honeypot is None:
        return NOTHING
    return Around(
        in_burst=frozenset(hit.id for hit in in_burst),
        near_burst=_near(hits, unmasked, tuning.burst_opens_s, tuning, kind=OPEN),
        near_honeypot=_near_honeypot(hits, clicks, sending, tuning),
    )


def suspects(clicks: Sequence[Facts], sending: Sending, tuning: Tuning) -> list[Facts]:
    """The clicks (in order of time) that take the opens of their source along."""
    return _bursts(clicks, sending.link_count, tuning) + _checked_at_delivery(
        clicks, sending, tuning
    )


def viewed_by_sender(opens: Sequence[Facts], sending: Sending, tuning: Tuning) -> frozenset[str]:
    """The opens that are the sender's own: each view claims one of `opens` (in order of time).

    That is the first at or after the view, else the last before it. Two views may claim the same
    open: claiming the next one instead would let a panel that repeats itself eat a reader's open,
    and would make the first hit of a day decide over the last.
    """
    return frozenset(_claims(opens, sending.self_views, tuning))


def beside_markers(
    opens: Sequence[Facts], markers: Sequence[Facts], tuning: Tuning
) -> frozenset[str]:
    """The opens (in order of time) that the sender's own copy has caused.

    A marker is in that copy only, so it claims an open of the same client as a view does.
    """
    by_agent = _by_agent(opens)
    claimed: set[str] = set()
    for agent, own in _by_agent(markers).items():
        claimed |= _claims(by_agent.get(agent, []), [hit.received_at for hit in own], tuning)
    return frozenset(claimed)


def source_of(hit: Facts, tuning: Tuning) -> Hashable:
    """Who fetched, as far as bursts are concerned: a scanner's fleet counts as one source."""
    infos = tuning.lists
    if any(name in infos and infos[name].role in _MACHINE_ROLES for name in hit.network.lists):
        return hit.network.lists
    if hit.network.asn in tuning.scanner_asns or hit.network.asn in tuning.hosting_asns:
        return hit.network.asn
    return hit.reader_key


def _by_agent(hits: Iterable[Facts]) -> dict[Agent, list[Facts]]:
    grouped: dict[Agent, list[Facts]] = defaultdict(list)
    for hit in hits:
        grouped[hit.agent].append(hit)
    return grouped


def _claims(opens: Sequence[Facts], views: Iterable[datetime], tuning: Tuning) -> set[str]:
    times = [hit.received_at for hit in opens]
    claimed = set()
    for view_at in views:
        after = bisect_left(times, view_at)
        if after < len(opens) and times[after] <= view_at + _s(tuning.self_view_after_s):
            claimed.add(opens[after].id)
        elif after > 0 and times[after - 1] >= view_at - _s(tuning.self_view_before_s):
            claimed.add(opens[after - 1].id)
    return claimed


def _bursts(clicks: Sequence[Facts], link_count: int, tuning: Tuning) -> list[Facts]:
    """All clicks in a window with too many different links: three, both of two, or all of many.

    A copy of one recipient is one source: no person clicks three links in 5 s from three places.
    """
    if len({hit.link for hit in clicks}) < 2:
        return []
    by_source: dict[Hashable, list[Facts]] = defaultdict(list)
    for hit in clicks:
        source = "" if hit.is_one_recipient else source_of(hit, tuning)
        by_source[hit.copy, source].append(hit)
    found: list[Facts] = []
    for group in by_source.values():
        if link_count == 2:
            found += _crowded(group, 2, _s(tuning.pair_s))
        else:
            found += _crowded(group, tuning.burst_links, _s(tuning.burst_s))
        if link_count >= tuning.all_links_least:
            found += _crowded(group, link_count, _s(tuning.all_links_s))
    return found


def _checked_at_delivery(clicks: Iterable[Facts], sending: Sending, tuning: Tuning) -> list[Facts]:
    """Clicks of a network that opens links at delivery, in that time: its opens are no reader's.

    Source: github.com/gophish/gophish/issues/2646: 40.94.x loads the picture, then the link.
    """
    if sending.sent_at is None:
        return []
    until = sending.sent_at + _s(tuning.scan_window_s)
    infos = tuning.lists
    return [
        hit
        for hit in clicks
        if hit.received_at < until
        and any(name in infos and infos[name].role is Role.DETONATION for name in hit.network.lists)
    ]


def _crowded(clicks: Sequence[Facts], least: int, window: timedelta) -> list[Facts]:
    """The clicks that lie in some window of that length with so many different links."""
    seen: Counter[str | None] = Counter()
    left = 0
    marked_to = 0  # everything before it is decided, so that each click is listed once
    found: list[Facts] = []
    for right, hit in enumerate(clicks):
        seen[hit.link] += 1
        while hit.received_at - clicks[left].received_at > window:
            seen[clicks[left].link] -= 1
            if not seen[clicks[left].link]:
                del seen[clicks[left].link]
            left += 1
        if len(seen) >= least:
            found += clicks[max(left, marked_to) : right + 1]
            marked_to = right + 1
    return found


def _near_honeypot(
    hits: Sequence[Facts], clicks: Iterable[Facts], sending: Sending, tuning: Tuning
) -> frozenset[str]:
    if sending.honeypot is None:
        return frozenset()
    trapped = [hit for hit in clicks if hit.link == sending.honeypot]
    return _near(hits, trapped, tuning.honeypot_s, tuning, kind=None)


def _near(
    hits: Sequence[Facts],
    suspects: Iterable[Facts],
    window_s: float,
    tuning: Tuning,
    *,
    kind: Kind | None,
) -> frozenset[str]:
    """Hits (of that kind) by the source of a suspect, within the window of one of its hits."""
    times: dict[Hashable, list[datetime]] = defaultdict(list)
    for hit in suspects:
        times[source_of(hit, tuning)].append(hit.received_at)
    if not times:
        return frozenset()
    for moments in times.values():
        moments.sort()
    window = _s(window_s)
    return frozenset(
        hit.id
        for hit in hits
        if (kind is None or hit.kind is kind)
        and _has_within(times.get(source_of(hit, tuning), []), hit.received_at, window)
    )


def _has_within(times: Sequence[datetime], at: datetime, window: timedelta) -> bool:
    place = bisect_right(times, at + window)
    return place > 0 and times[place - 1] >= at - window


def _s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
