"""The worker's half of an erasure: everything of a subject goes, a bounded part in each step.

Mail that she wrote, or that went between her and the organisation alone, goes whole, with its
stamps and hits. On mail and meetings with others `GONE` stands where she stood, and what her own
copy told goes. A step that is broken off is begun anew: what is left is asked of the tables each
time. Links stay, as always (`link_target` knows neither person nor message).
"""

import logging
from collections.abc import Callable, Collection, Sequence
from threading import Event

from backend import clock, db
from backend.capture import purging
from backend.models.erasures import GONE, RULE, Erasure
from backend.privacy import erasing, leftovers
from backend.privacy.holdings import ALONE, LINES, MAILS, WROTE, bound
from backend.privacy.subjects import Subject, subject_again
from backend.tracking import engagements, stamp_record, summaries

STEP = purging.STEP
REST_S = 2.0
AGAIN_S = 600.0

log = logging.getLogger(__name__)


class NotErased(Exception):
    """A step raised what nobody foresaw, and left nothing behind."""

    def __init__(self, erasure_id: str) -> None:
        super().__init__(f"An erasure does not get on ({erasure_id}).")
        self.erasure_id = erasure_id


def run(stop: Event) -> None:
    """Carry out what is asked for until `stop`; while the database is away it waits.

    One that does not get on rests for `AGAIN_S` while the others go on.
    """
    resting: dict[str, float] = {}
    while not stop.is_set():
        resting = {one: until for one, until in resting.items() if until > clock.monotonic()}
        try:
            with db.connection():
                worked = step(resting)
        except db.AWAY:
            worked = 0
        except NotErased as error:
            resting[error.erasure_id] = clock.monotonic() + AGAIN_S
            # Its kind alone: whom it is about may stand in what it says.
            log.error("an erasure does not get on (%s)", type(error.__cause__).__name__)
            continue
        if not worked:
            stop.wait(REST_S)


def step(but: Collection[str] = ()) -> int:
    """Take out a part of the erasure that waits longest; how much, 0 when none waits.

    Those in `but` are left out. Raises NotErased.
    """
    with db.transaction():
        row = _next(but)
        if row is None:
            return 0
        try:
            return _go_on(row)
        except db.AWAY:
            raise
        except Exception as error:  # whatever one raises, others wait behind it
            raise NotErased(row.id) from error


def _go_on(row: Erasure) -> int:
    subject = subject_again(row.org_id, row.work["addresses"], row.work["people"])
    for name, part in PARTS:
        if went := part(subject):
            row.gone = {**row.gone, name: row.gone.get(name, 0) + went}
            row.save(only=[Erasure.gone])
            return went
    row.gone = {**row.gone, **leftovers.drop(subject)}
    erasing.finish(row)
    return 1


def _next(but: Collection[str]) -> Erasure | None:
    """The one that waits longest and that no other worker is at."""
    lock = " FOR UPDATE SKIP LOCKED" if db.is_postgres() else ""
    found = db.one(
        f"SELECT id FROM erasure WHERE finished_at IS NULL AND NOT id {db.among('uuid')}"
        f" ORDER BY asked_at, id LIMIT 1{lock}",
        [db.many(but)],
    )
    return Erasure.get_by_id(found[0]) if found else None


def _drop_mails(subject: Subject) -> int:
    """Mail that is hers."""
    sql = f"SELECT m.id FROM email_message m WHERE m.id IN ({MAILS}) AND ({WROTE} OR {ALONE})"
    ids = _ids(sql, subject)
    purging.erase(ids, RULE)
    return len(ids)


def _leave_mails(subject: Subject) -> int:
    """Mail that others have, too."""
    ids = _ids(f"SELECT message_id FROM ({MAILS}) t", subject)
    if not ids:
        return 0
    stamp_record.hold_mails(ids)
    stamps = db.rows(
        f"SELECT id, user_id FROM stamp WHERE message_id {db.among('uuid')}", [db.many(ids)]
    )
    _drop_what_was_measured([stamp_id for stamp_id, _ in stamps], subject)
    _name_nobody("participant", "message_id", ids, subject)
    is_wanted = db.among("uuid")
    db.execute(f"UPDATE stamp SET indexed_at = NULL WHERE message_id {is_wanted}", [db.many(ids)])
    db.execute(f"UPDATE email_message SET record_due = TRUE WHERE id {is_wanted}", [db.many(ids)])
    summaries.tell_users(sorted({user_id for _, user_id in stamps}))
    return len(ids)


def _drop_what_was_measured(stamp_ids: Sequence[str], subject: Subject) -> None:
    """Of her own copies all, and what came back by mail from her."""
    of_stamps = f"stamp_id {db.among('uuid')}"
    copies = _rows(f"SELECT id FROM stamp_copy WHERE {of_stamps}", [db.many(stamp_ids)], subject)
    is_hers = f"{of_stamps} AND copy_id {db.among('uuid')}"
    params = [db.many(stamp_ids), db.many(copies)]
    if copies:
        # A flood's surplus too: its line would be told again, of a copy of which no hit is left.
        for table in ("hit", "surplus"):
            db.execute(f"DELETE FROM {table} WHERE {is_hers}", params)
        engagements.rejudge(stamp_ids)  # which counts the message's opens and clicks anew
        db.execute(f"DELETE FROM engagement WHERE {is_hers}", params)
        db.execute(
            f"UPDATE stamp_copy SET address = %s WHERE id {db.among('uuid')}",
            [GONE, db.many(copies)],
        )
    db.execute(
        f"DELETE FROM engagement WHERE {of_stamps} AND person_id {db.among('uuid')}",
        [db.many(stamp_ids), db.many(subject.people)],
    )


def _rows(sql: str, params: list[str], subject: Subject) -> list[str]:
    found = db.rows(f"{sql} AND address {db.among('text')}", [*params, db.many(subject.addresses)])
    return [row[0] for row in found]


def _leave_meetings(subject: Subject) -> int:
    """Meetings with nobody else outside go whole; of others she goes."""
    lines = LINES.replace("SELECT id", "SELECT event_id").format("attendee")
    ids = _ids(f"SELECT event_id FROM ({lines}) t", subject)
    if not ids:
        return 0
    purging.hold_meetings(ids)
    alone = ALONE.replace("participant o WHERE o.message_id", "attendee o WHERE o.event_id")
    sql, params = bound(f"SELECT m.id FROM calendar_event m WHERE {alone}", subject)
    whole = db.rows(f"{sql} AND m.id {db.among('uuid')}", [*params, db.many(ids)])
    db.execute(
        f"DELETE FROM calendar_event WHERE id {db.among('uuid')}",
        [db.many(event_id for (event_id,) in whole)],
    )
    _name_nobody("attendee", "event_id", ids, subject)
    return len(ids)


def _name_nobody(table: str, column: str, ids: Sequence[str], subject: Subject) -> None:
    """Write GONE for her; once where she stood twice, since each stands once in each role."""
    role = "role" if table == "participant" else "''"
    found = db.rows(
        f"SELECT {column}, {role}, id, address, person_id FROM {table}"
        f" WHERE {column} {db.among('uuid')} ORDER BY id",
        [db.many(ids)],
    )
    addresses, people = set(subject.addresses), set(subject.people)
    taken = {row[:2] for row in found if row[3] == GONE}
    renamed: list[str] = []
    dropped: list[str] = []
    for *place, line_id, address, person_id in found:
        if address not in addresses and person_id not in people:
            continue
        (dropped if tuple(place) in taken else renamed).append(line_id)
        taken.add(tuple(place))
    db.execute(f"DELETE FROM {table} WHERE id {db.among('uuid')}", [db.many(dropped)])
    db.execute(
        f"UPDATE {table} SET address = %s, name = '', person_id = NULL, rule = 'erased'"
        f" WHERE id {db.among('uuid')}",
        [GONE, db.many(renamed)],
    )


def _ids(sql: str, subject: Subject) -> list[str]:
    query, params = bound(sql, subject)
    return [row[0] for row in db.rows(f"{query} ORDER BY 1 LIMIT {STEP}", params)]


# In this order: what is found by her copies and mails goes before them.
PARTS: tuple[tuple[str, Callable[[Subject], int]], ...] = (
    ("set_aside_hits", leftovers.drop_set_aside),
    ("bounces", leftovers.drop_bounces),
    ("mails", _drop_mails),
    ("mails_with_others", _leave_mails),
    ("meetings", _leave_meetings),
)
