"""Which stored hits new ones concern: those they are judged by, and those they may change.

Opens say nothing of each other, so of a mail that thousands open within minutes only these are
read again for the next batch:

    every click and marker      a burst, a click repeated, the sender's own copy
    opens of the same readers   they fold into one engagement
    opens of the same copy      where its readers can be told apart: a second one is hinted at,
                                unless so many came before that nobody is (`derive.TOLD_APART`)
    opens beside a new burst    of the same source: they are taken back with it
    opens near a look           of the sender's at her own mail: it claims one open of all
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from backend.tracking import crowd
from backend.tracking import hits as hit_table
from backend.tracking.facts import CLICK, MARKER, OPEN
from backend.tracking.readers import told_apart_until
from backend.tracking.scope import Scope
from backend.tracking.surplus import NONE, Surplus
from backend.tracking.surplus_rows import unless_surplus
from backend.tracking.targets import Mail
from backend.tracking.verdicts import Facts, Tuning
from backend.tracking.windows import Window

ByStamp = Mapping[str, Sequence[Facts]]


def older_hits(
    new: ByStamp, mails: Mapping[str, Mail], window: Window, known: Mapping[str, Surplus]
) -> dict[str, list[Facts]]:
    """The stored hits within the window that these concern, themselves too if they are stored.

    By stamp id, in the order of time. Where an open is among them, so is every other one that it
    could share an engagement or a hint with. None is in the known surplus, nor are the new ones.
    """
    mails = {stamp_id: mails[stamp_id] for stamp_id in new}
    unless = unless_surplus() if known.keys() & new.keys() else ""
    scope = Scope(
        readers={hit.reader_key for hits in new.values() for hit in hits if hit.kind is OPEN},
        mails={stamp_id for stamp_id in new if mails[stamp_id].sending.honeypot is not None},
    )
    ends = told_apart_until(mails.values())
    looked_at = {stamp_id for stamp_id in new if mails[stamp_id].sending.self_views}
    looked_at |= _widen(scope, new, ends, window)
    _look(scope, [mails[stamp_id] for stamp_id in looked_at], new, {})
    clicked = {stamp_id: hits for stamp_id, hits in new.items() if any(map(_is_click, hits))}
    while True:
        found = hit_table.between(mails, window, scope, unless)
        size = scope.size
        looked_at |= _widen(scope, found, ends, window)
        _look(scope, [mails[stamp_id] for stamp_id in looked_at], new, found)
        for stamp_id, hits in clicked.items():
            before = found.get(stamp_id, [])
            now, _ = known.get(stamp_id, NONE).part([*before, *hits], hits)
            scope.readers |= _beside_bursts(mails[stamp_id], now, before, unless)
        if scope.size == size:
            return found


def _widen(
    scope: Scope, by_stamp: ByStamp, ends: Mapping[str, datetime], window: Window
) -> set[str]:
    """Take in the copies of which these hits concern every open; the mails that have a marker.

    Of mails in `ends` those opens until then, and the other ones of their readers.
    """
    marked = set()
    for stamp_id, hits in by_stamp.items():
        end = ends.get(stamp_id)
        for hit in hits:
            if hit.kind is MARKER:
                marked.add(stamp_id)
            elif hit.kind is OPEN and hit.is_one_recipient and hit.agent.is_verified:
                if end is None:
                    scope.copies.add(hit.copy)
                elif window.start is None or end >= window.start:
                    scope.early[hit.copy] = end
                    scope.readers.add(hit.reader_key)
    return marked


def _look(scope: Scope, mails: Iterable[Mail], new: ByStamp, found: ByStamp) -> None:
    """Take in the opens near a look, once one of these hits is, or is a look that is new.

    A marker is one, too. Of the opens found there every other one of their readers is wanted.
    """
    for mail in mails:
        fresh = new[mail.stamp_id]
        hits = [*found.get(mail.stamp_id, ()), *fresh]
        markers = [hit for hit in hits if hit.kind is MARKER]
        scope.readers |= {hit.reader_key for hit in markers}  # they fold with opens
        looks = sorted([*mail.sending.self_views, *(hit.received_at for hit in markers)])
        wanted = {hit.received_at for hit in fresh if hit.kind is MARKER}
        for hit in hits:
            near = _looks_near(hit, looks, mail.tuning) if hit.kind is OPEN else ()
            if near:
                wanted.update(near)
                scope.readers.add(hit.reader_key)
        before, after = _reach_of_look(mail.tuning)
        scope.near |= {(mail.stamp_id, look - before, look + after) for look in wanted}


def _looks_near(hit: Facts, looks: Sequence[datetime], tuning: Tuning) -> Sequence[datetime]:
    """The looks (in order of time) that may claim an open."""
    before, after = _reach_of_look(tuning)
    first = bisect_left(looks, hit.received_at - after)
    return looks[first : bisect_right(looks, hit.received_at + before)]


def _reach_of_look(tuning: Tuning) -> tuple[timedelta, timedelta]:
    return timedelta(seconds=tuning.self_view_before_s), timedelta(seconds=tuning.self_view_after_s)


def _beside_bursts(
    mail: Mail, now: Sequence[Facts], before: Sequence[Facts], unless: str
) -> set[bytes]:
    """The readers of stored opens that become part of a burst, or no longer are, by new clicks."""
    found, known = _suspects(mail, now), _suspects(mail, before)
    fresh = {
        hit_id: hit
        for hit_id, hit in {**found, **known}.items()
        if (hit_id in found) != (hit_id in known)
    }
    if not fresh:
        return set()
    near = timedelta(seconds=mail.tuning.burst_opens_s)
    times = [hit.received_at for hit in fresh.values()]
    around = Window(min(times) - near, max(times) + near + timedelta(microseconds=1))
    sources = {crowd.source_of(hit, mail.tuning) for hit in fresh.values()}
    opens = hit_table.between({mail.stamp_id: mail}, around, unless=unless).get(mail.stamp_id, [])
    return {hit.reader_key for hit in opens if crowd.source_of(hit, mail.tuning) in sources}


def _suspects(mail: Mail, hits: Iterable[Facts]) -> dict[str, Facts]:
    clicks = sorted(filter(_is_click, hits), key=lambda hit: (hit.received_at, hit.id))
    return {hit.id: hit for hit in crowd.suspects(clicks, mail.sending, mail.tuning)}


def _is_click(hit: Facts) -> bool:
    return hit.kind is CLICK
