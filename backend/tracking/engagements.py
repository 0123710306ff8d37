"""From hits to engagements: store the facts, judge them, write what has changed.

    record(hits)             new hits of the drain: stored, then all that they concern judged anew
    rejudge(ids)             a send was confirmed, rules changed: the whole mail anew
    rejudge_around(id, at)   the sender looked: what that can change

All end in the same step: the engagements that follow from the hits of a window are compared with
those in the table, and the difference is written, with the message's counters. So a burst, a late
sent time or a new rule takes counts back as surely as it gives them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from backend import db
from backend.tracking import concerned, ledger, refusals, surplus_rows, windows
from backend.tracking import hits as hit_table
from backend.tracking.classify import judge
from backend.tracking.derive import Derived, derive, tells_readers_apart
from backend.tracking.engagement_rows import known_begun_by, known_of
from backend.tracking.facts import RawHit
from backend.tracking.hits import Arrival
from backend.tracking.readers import NOBODY, earlier_readers
from backend.tracking.refusals import Refused
from backend.tracking.surplus import MOST, NONE, Lines, Surplus, told
from backend.tracking.targets import Mail, Target, add_copies, mails_of, refuse, targets_of
from backend.tracking.verdicts import Facts
from backend.tracking.windows import ALWAYS, Window


class Taken(NamedTuple):
    """How many hits were stored, and those that were refused."""

    stored: int
    refused: Refused


def record(raw_hits: Sequence[RawHit]) -> int:
    """Store the hits that are new and derive what follows; how many were stored.

    In one transaction. A hit whose mail may not be measured (any more) leaves only a count per
    reason and day. A hit seen before changes nothing.
    """
    with db.transaction():
        taken = take(raw_hits, targets_of(raw_hits))
        refusals.count(taken.refused)
    return taken.stored


def take(raw_hits: Sequence[RawHit], targets: Mapping[str, Target]) -> Taken:
    """As `record`, in the caller's transaction; the caller counts what was refused.

    `targets` are those of the tokens of these hits and no others, as of lately. Whatever is raised,
    nothing is left of it.
    """
    while True:
        try:
            with db.transaction():
                return _take(raw_hits, targets)
        except _Moved:
            targets = targets_of(raw_hits)


def rejudge(stamp_ids: Iterable[str]) -> ledger.Change:
    """Make the engagements of these mails anew from all their hits; what changed."""
    with db.transaction():
        mails = mails_of(stamp_ids)
        known = surplus_rows.of(mails)
        unless = surplus_rows.unless_surplus() if known else ""
        looked_at, grown = _part(hit_table.between(mails, ALWAYS, unless=unless), known)
        surplus_rows.write(mails, known, grown)
        derived = _derive_all(mails, looked_at, ALWAYS)
        for stamp_id in known.keys() | grown.keys():
            lines = {**known.get(stamp_id, NONE).lines, **grown.get(stamp_id, {})}
            derived.setdefault(stamp_id, []).extend(told(lines.values()))
        return ledger.write(mails, derived, known_of(mails, ALWAYS))


def rejudge_around(stamp_id: str, at: datetime) -> ledger.Change:
    """Make those engagements of a mail anew that something at that moment can change; what changed.

    So the sender may look at a mail that has a million hits.
    """
    with db.transaction():
        mails = mails_of([stamp_id])
        window, reach = windows.around_moment(at, _longest_cycle(mails.values()))
        known = surplus_rows.within(reach, mails)
        unless = surplus_rows.unless_surplus() if known else ""
        derived = _derive_all(mails, hit_table.between(mails, reach, unless=unless), window)
        rows = [*derived.get(stamp_id, ()), *told(known.get(stamp_id, NONE).lines.values())]
        within = [one for one in rows if window.holds(one.occurred_at)]
        return ledger.write(mails, {stamp_id: within}, known_of(mails, window))


class _Moved(Exception):
    """A stamp became part of another, or was erased, since its target was read.

    The messages locked so far are let go with the transaction: locking more would be out of order.
    """


def _take(raw_hits: Sequence[RawHit], targets: Mapping[str, Target]) -> Taken:
    mails = mails_of({target.stamp_id for target in targets.values()})
    if any(target.stamp_id not in mails for target in targets.values()):
        raise _Moved
    if not mails:
        return Taken(0, Refused())
    window, reach = windows.around(raw_hits, _longest_cycle(mails.values()))
    add_copies(mails, {target.copy_id for target in targets.values()})
    came = hit_table.arrivals(raw_hits, targets, mails)
    known = surplus_rows.within(reach, mails)
    older = concerned.older_hits(_looked_at(_by_stamp(came), known), mails, reach, known)
    seen = {hit.id for hits in older.values() for hit in hits}
    if known:  # hits in it are not read
        seen |= surplus_rows.stored([one.hit for one in came if one.mail.stamp_id in known])
    new = [one for one in came if one.hit.id not in seen]
    refuse(mails)
    refusals.apply_requests(new, mails)
    kept, refused = refusals.drop(new)
    if kept:
        hit_table.store(kept)
        _take_in(_by_stamp(kept), older, mails, window, known)
    return Taken(len(kept), refused)


def _by_stamp(came: Iterable[Arrival]) -> dict[str, list[Facts]]:
    by_stamp: dict[str, list[Facts]] = {}
    for one in came:
        by_stamp.setdefault(one.mail.stamp_id, []).append(one.facts)
    return by_stamp


def _looked_at(
    by_stamp: Mapping[str, list[Facts]], known: Mapping[str, Surplus]
) -> Mapping[str, list[Facts]]:
    """Without the hits that belong to the known surplus."""
    if not known:
        return by_stamp
    kept = {
        stamp_id: [hit for hit in hits if not known.get(stamp_id, NONE).holds(hit)]
        for stamp_id, hits in by_stamp.items()
    }
    return {stamp_id: hits for stamp_id, hits in kept.items() if hits}


def _take_in(
    new: Mapping[str, list[Facts]],
    older: Mapping[str, list[Facts]],
    mails: Mapping[str, Mail],
    window: Window,
    known: Mapping[str, Surplus],
) -> None:
    by_stamp = {stamp_id: older.get(stamp_id, []) + facts for stamp_id, facts in new.items()}
    looked_at, grown = _part(by_stamp, known, new)
    derived = {
        stamp_id: [one for one in rows if window.holds(one.occurred_at)]
        for stamp_id, rows in _derive_all(mails, looked_at, window).items()
    }
    begun = {hit.id for stamp_id in new.keys() & older.keys() for hit in older[stamp_id]}
    if grown:
        surplus_rows.write(mails, known, grown)
    for stamp_id, lines in grown.items():
        derived[stamp_id].extend(told(lines.values()))
        before = known.get(stamp_id, NONE).lines
        begun.update(before[key].id for key in lines if key in before)
    ledger.write(mails, derived, known_begun_by(begun, window))


def _part(
    by_stamp: Mapping[str, list[Facts]],
    known: Mapping[str, Surplus],
    new: Mapping[str, list[Facts]] | None = None,
) -> tuple[Mapping[str, Sequence[Facts]], dict[str, Lines]]:
    """The hits that are looked at, and the lines that change: those of the new hits' crowds."""
    if not known and all(len(facts) <= MOST for facts in by_stamp.values()):
        return by_stamp, {}
    looked_at: dict[str, Sequence[Facts]] = {}
    grown: dict[str, Lines] = {}
    for stamp_id, facts in by_stamp.items():
        surplus = known.get(stamp_id, NONE)
        looked_at[stamp_id], behind = surplus.part(facts, new[stamp_id] if new else None)
        if behind:
            grown[stamp_id] = surplus.grown_by(behind)
    return looked_at, grown


def _derive_all(
    mails: Mapping[str, Mail], by_stamp: Mapping[str, Sequence[Facts]], window: Window
) -> dict[str, list[Derived]]:
    """The engagements of each mail; earlier readers are looked up where there may be a second."""
    rulings = {
        stamp_id: judge(facts, mails[stamp_id].sending, mails[stamp_id].tuning)
        for stamp_id, facts in by_stamp.items()
    }
    engaged = [
        stamp_id
        for stamp_id, facts in by_stamp.items()
        if (mails[stamp_id].opens_total or mails[stamp_id].click_count)
        and any(map(tells_readers_apart, facts, rulings[stamp_id]))
    ]
    known = earlier_readers(mails, {stamp_id: by_stamp[stamp_id] for stamp_id in engaged}, window)
    return {
        stamp_id: derive(
            facts,
            rulings[stamp_id],
            mails[stamp_id].policy.gathering_cycle_s,
            *known.get(stamp_id, NOBODY),
        )
        for stamp_id, facts in by_stamp.items()
    }


def _longest_cycle(mails: Iterable[Mail]) -> timedelta:
    return timedelta(seconds=max(mail.policy.gathering_cycle_s for mail in mails))
