"""Which stored hits new ones concern: those they are judged by, and those they may change.

Opens say nothing of each other, so of a mail that thousands open within minutes only these are
read again for the next batch:

    every click and marker      a burst, a click repeated, the sender's own copy
    opens of the same readers   they fold into one engagement
    opens of the same copy      where its readers can be told apart: a second one is hinted at
    opens beside a new burst    of the same source: they are taken back with it
    all of them                 where the sender looked at her own mail: a view claims one open
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from backend.tracking import crowd
from backend.tracking import hits as hit_table
from backend.tracking.facts import CLICK, MARKER, OPEN
from backend.tracking.scope import Scope
from backend.tracking.targets import Mail
from backend.tracking.verdicts import Facts
from backend.tracking.windows import Window

ByStamp = Mapping[str, Sequence[Facts]]


def older_hits(new: ByStamp, mails: Mapping[str, Mail], window: Window) -> dict[str, list[Facts]]:
    """The stored hits within the window that these concern, themselves too if they are stored.

    By stamp id, in the order of time. Where an open is among them, so is every other one that it
    could share an engagement or a hint with.
    """
    scope = Scope(
        readers={hit.reader_key for hits in new.values() for hit in hits if hit.kind is OPEN},
        mails={stamp_id for stamp_id in new if _is_looked_at(mails[stamp_id], window)},
    )
    _widen(scope, new)
    clicked = {stamp_id: hits for stamp_id, hits in new.items() if any(map(_is_click, hits))}
    while True:
        found = hit_table.between(mails, window, scope)
        before = scope.size
        _widen(scope, found)
        for stamp_id, hits in clicked.items():
            scope.readers |= _beside_bursts(mails[stamp_id], hits, found.get(stamp_id, []))
        if scope.size == before:
            return found


def _is_looked_at(mail: Mail, window: Window) -> bool:
    return mail.sending.honeypot is not None or any(map(window.holds, mail.sending.self_views))


def _widen(scope: Scope, by_stamp: ByStamp) -> None:
    """Take in the copies and mails of which these hits concern every open."""
    for stamp_id, hits in by_stamp.items():
        for hit in hits:
            if hit.kind is MARKER:
                scope.mails.add(stamp_id)
            elif hit.kind is OPEN and hit.is_one_recipient and hit.agent.is_verified:
                scope.copies.add(hit.copy)


def _beside_bursts(mail: Mail, new: Sequence[Facts], older: Sequence[Facts]) -> set[bytes]:
    """The readers of stored opens that a click among `new` makes part of a burst."""
    fresh = _suspects(mail, [*older, *new])
    for known in _suspects(mail, older) if fresh else ():
        fresh.pop(known, None)
    if not fresh:
        return set()
    near = timedelta(seconds=mail.tuning.burst_opens_s)
    times = [hit.received_at for hit in fresh.values()]
    around = Window(min(times) - near, max(times) + near + timedelta(microseconds=1))
    sources = {crowd.source_of(hit, mail.tuning) for hit in fresh.values()}
    opens = hit_table.between({mail.stamp_id: mail}, around).get(mail.stamp_id, [])
    return {hit.reader_key for hit in opens if crowd.source_of(hit, mail.tuning) in sources}


def _suspects(mail: Mail, hits: Iterable[Facts]) -> dict[str, Facts]:
    clicks = sorted(filter(_is_click, hits), key=lambda hit: (hit.received_at, hit.id))
    return {hit.id: hit for hit in crowd.suspects(clicks, mail.sending, mail.tuning)}


def _is_click(hit: Facts) -> bool:
    return hit.kind is CLICK
