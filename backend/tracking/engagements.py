"""From hits to engagements: store the facts, judge them, write what has changed.

    record(hits)   new hits of the drain: stored, then everything within their reach judged anew
    rejudge(ids)   a send was confirmed, the sender looked, rules changed: the whole mail anew

Both end in the same step: the engagements that follow from the hits of a window are compared with
those in the table, and the difference is written, with the message's counters. So a burst, a late
sent time or a new rule takes counts back as surely as it gives them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from backend import db
from backend.tracking import hits as hit_table
from backend.tracking import ledger, refusals, windows
from backend.tracking.classify import TUNING, judge
from backend.tracking.derive import Derived, Reader, derive, reader_of
from backend.tracking.facts import RawHit
from backend.tracking.targets import Mail, Target, add_copies, mails_of, refuse, targets_of
from backend.tracking.verdicts import Facts, Ruling, Sending, Tuning
from backend.tracking.windows import ALWAYS, Window


def record(raw_hits: Sequence[RawHit]) -> int:
    """Store the hits that are new and derive what follows; how many were stored.

    In one transaction. A hit whose mail may not be measured (any more) leaves only a count per
    reason and day. A hit seen before changes nothing.
    """
    if not raw_hits:
        return 0
    with db.transaction():
        new = hit_table.unseen(raw_hits)
        targets = targets_of(new)
        mails = mails_of({target.stamp_id for target in targets.values()})
        add_copies(mails, {target.copy_id for target in targets.values()})
        refuse(mails)
        refusals.apply_requests(new, targets, mails)
        kept = refusals.drop(new, targets, mails)
        if kept:
            _take_in(kept, targets, mails)
    return len(kept)


def rejudge(stamp_ids: Iterable[str]) -> ledger.Change:
    """Make the engagements of these mails anew from all their hits; what changed."""
    with db.transaction():
        mails = mails_of(stamp_ids)
        found = hit_table.between(mails, ALWAYS)
        derived = _derive_all(mails, found, ALWAYS)
        return ledger.write(mails, derived, ALWAYS, known_in=mails)


def _take_in(
    kept: Sequence[RawHit], targets: Mapping[str, Target], mails: Mapping[str, Mail]
) -> None:
    by_stamp: dict[str, list[Facts]] = {}
    for hit in kept:
        target = targets[hit.token]
        facts = hit_table.facts_of(hit, target, mails[target.stamp_id])
        by_stamp.setdefault(target.stamp_id, []).append(facts)
    touched = {stamp_id: mails[stamp_id] for stamp_id in by_stamp}
    window, reach = windows.around(kept, _longest_cycle(touched.values()))
    older = hit_table.between(touched, reach)
    for stamp_id, before in older.items():
        by_stamp[stamp_id].extend(before)
    hit_table.store(kept, targets, mails)
    derived = {
        stamp_id: [one for one in rows if window.holds(one.occurred_at)]
        for stamp_id, rows in _derive_all(touched, by_stamp, window).items()
    }
    ledger.write(touched, derived, window, known_in=older)


def _derive_all(
    mails: Mapping[str, Mail], by_stamp: Mapping[str, Sequence[Facts]], window: Window
) -> dict[str, list[Derived]]:
    """The engagements of each mail; earlier readers are looked up where there may be a second."""
    rulings = {stamp_id: _judge(mails[stamp_id], facts) for stamp_id, facts in by_stamp.items()}
    engaged = [
        stamp_id
        for stamp_id, facts in by_stamp.items()
        if (mails[stamp_id].opens_total or mails[stamp_id].click_count)
        and any(map(reader_of, facts, rulings[stamp_id]))
    ]
    readers = _earlier_readers(mails, engaged, window)
    return {
        stamp_id: derive(
            facts,
            rulings[stamp_id],
            mails[stamp_id].policy.gathering_cycle_s,
            readers.get(stamp_id, ()),
        )
        for stamp_id, facts in by_stamp.items()
    }


def _judge(mail: Mail, facts: Sequence[Facts]) -> list[Ruling]:
    sending = Sending(mail.sent_at, mail.link_count, tuple(mail.self_views))
    return judge(facts, sending, _tuning(mail))


def _longest_cycle(mails: Iterable[Mail]) -> timedelta:
    return timedelta(seconds=max(mail.policy.gathering_cycle_s for mail in mails))


def _tuning(mail: Mail) -> Tuning:
    if not mail.policy.hosting_asns:
        return TUNING
    return Tuning(hosting_asns=frozenset(mail.policy.hosting_asns))


def _earlier_readers(
    mails: Mapping[str, Mail], engaged: Sequence[str], window: Window
) -> dict[str, list[Reader]]:
    """Who had opened or clicked these mails before the window, as far as it tells readers apart."""
    readers: dict[str, list[Reader]] = {}
    if not engaged:
        return readers
    for stamp_id, copy_id, kind, client, asn, country in db.rows(
        "SELECT DISTINCT stamp_id, copy_id, kind, client, asn, country FROM engagement"
        f" WHERE stamp_id {db.among('uuid')} AND occurred_at < %s"
        " AND verdict = 'human' AND is_counted AND client <> ''",
        [db.many(engaged), window.start],
    ):
        family = client.partition(" ")[0]
        readers.setdefault(stamp_id, []).append(Reader(copy_id, kind, family, asn, country))
    return readers
