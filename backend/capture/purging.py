"""Taking messages out of the record: whole, or only what one mailbox brought in.

A message goes with its copies, participants, text, stamps, hits and engagements. The targets of its
links stay without it (`link_target` knows neither person nor message), so that links in mail that
is out there go on working. Callers hold a transaction and give a bounded number of ids.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backend import clock, db
from backend.capture.items import ItemState
from backend.models import record
from backend.tracking import mail_index, outcomes, stamp_record, summaries

STEP = 100  # messages taken out in one transaction


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose copies: of one user's mailboxes, of one mailbox, or of everybody."""

    user_id: str | None = None
    mailbox_id: str | None = None


EVERYBODY = Holder()


@dataclass(frozen=True, slots=True)
class Gone:
    """How many messages are gone, and how many stay because they were stamped or lie elsewhere."""

    purged: int
    kept: int


def purge(message_ids: Sequence[str]) -> int:
    """Take these messages and all that is known of them out of the record; how many there were."""
    stamp_record.hold_mails(message_ids)
    wanted = db.many(message_ids)
    is_wanted = db.among("uuid")
    stamps = f"SELECT id FROM stamp WHERE message_id {is_wanted}"
    senders = db.rows(f"SELECT id, user_id FROM stamp WHERE message_id {is_wanted}", [wanted])
    record.forget(message_ids)
    _take_back_answers(message_ids)
    mail_index.hand_on([stamp_id for stamp_id, _ in senders])
    for table in ("engagement", "hit"):
        db.execute(f"DELETE FROM {table} WHERE stamp_id IN ({stamps})", [wanted])
    db.execute(f"DELETE FROM stamp WHERE message_id {is_wanted}", [wanted])
    db.execute(
        "UPDATE email_message SET reply_to_id = NULL, record_due = TRUE"
        f" WHERE reply_to_id {is_wanted}",
        [wanted],
    )
    gone = db.execute(f"DELETE FROM email_message WHERE id {is_wanted}", [wanted])
    summaries.tell_users({user_id for _, user_id in senders})
    return gone


def erase(message_ids: Sequence[str], rule: str) -> int:
    """Purge these messages for everybody, stamped or not; their mails count as left out by `rule`.

    How many there were.
    """
    stamp_record.hold_mails(message_ids)
    _drop_copies(message_ids, rule, EVERYBODY)
    return purge(message_ids)


def hold_meetings(event_ids: Iterable[str]) -> None:
    """Let nobody add a calendar's copy to one of these until the transaction ends."""
    _hold("calendar_event", event_ids)


def drop_unheld(event_ids: Iterable[str]) -> None:
    """Forget those of these meetings that no calendar of ours holds any more, with their people."""
    ids = set(event_ids)
    _hold("calendar_event", ids)
    db.execute(
        f"DELETE FROM calendar_event WHERE id {db.among('uuid')} AND NOT EXISTS"
        " (SELECT 1 FROM calendar_copy c WHERE c.event_id = calendar_event.id)",
        [db.many(ids)],
    )


def let_go(message_ids: Sequence[str], rule: str, holder: Holder = EVERYBODY) -> Gone:
    """Take out the copies of these messages that this holder has.

    Each copy's mail counts as left out by `rule`. A message without any copy left is purged, but
    one that was stamped stays as the sent mail that it was before it was captured.
    """
    _hold("email_message", message_ids)
    _drop_copies(message_ids, rule, holder)
    left = _left(message_ids)
    bare = [each for each in message_ids if each not in left]
    stamped = {
        row[0]
        for row in db.rows(
            f"SELECT DISTINCT message_id FROM stamp WHERE message_id {db.among('uuid')}",
            [db.many(bare)],
        )
    }
    _release(sorted(stamped))
    _hand_over(left)
    purged = purge([each for each in bare if each not in stamped])
    return Gone(purged, len(message_ids) - purged)


def _hold(table: str, ids: Iterable[str]) -> None:
    """Wait for who adds a copy to one of these: not seen yet, it would go with the row."""
    if db.is_postgres():
        lock = "ORDER BY id FOR UPDATE"
        db.rows(f"SELECT id FROM {table} WHERE id {db.among('uuid')} {lock}", [db.many(ids)])


def _drop_copies(message_ids: Sequence[str], rule: str, holder: Holder) -> None:
    own, params = "", []
    for column, value in (("b.user_id", holder.user_id), ("b.id", holder.mailbox_id)):
        if value:
            own += f" AND {column} = %s"
            params.append(value)
    copies = db.rows(
        "SELECT c.id, c.mailbox_id, c.provider_id, c.org_id FROM message_copy c"
        " JOIN mailbox b ON b.id = c.mailbox_id"
        f" WHERE c.message_id {db.among('uuid')}{own}",
        [db.many(message_ids), *params],
    )
    now = clock.now()
    db.execute_many(
        "INSERT INTO capture_decision (mailbox_id, remote_id, org_id, rule, decided_at)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (mailbox_id, remote_id)"
        " DO UPDATE SET rule = excluded.rule, decided_at = excluded.decided_at",
        [(box, remote_id, org_id, rule, now) for _, box, remote_id, org_id in copies],
    )
    db.execute_many(
        "UPDATE sync_item SET state = %s, reason = %s WHERE mailbox_id = %s AND remote_id = %s",
        [(ItemState.SKIPPED.value, rule, box, remote_id) for _, box, remote_id, _ in copies],
    )
    db.execute(
        f"DELETE FROM message_copy WHERE id {db.among('uuid')}", [db.many(row[0] for row in copies)]
    )


def _left(message_ids: Sequence[str]) -> dict[str, set[str]]:
    """Whose mailboxes still hold each message."""
    found: dict[str, set[str]] = {}
    for message_id, user_id in db.rows(
        "SELECT c.message_id, b.user_id FROM message_copy c JOIN mailbox b ON b.id = c.mailbox_id"
        f" WHERE c.message_id {db.among('uuid')} ORDER BY c.received_at, c.id",
        [db.many(message_ids)],
    ):
        found.setdefault(message_id, set()).add(user_id)
    return found


def _release(message_ids: Sequence[str]) -> None:
    """Let stamped mail be what it was before it was captured."""
    record.forget(message_ids)
    wanted = db.many(message_ids)
    db.execute(f"DELETE FROM message_body WHERE message_id {db.among('uuid')}", [wanted])
    db.execute(
        "UPDATE email_message SET dedup_key = NULL, captured_at = NULL, record_due = TRUE"
        f" WHERE id {db.among('uuid')}",
        [wanted],
    )


def _hand_over(holders: dict[str, set[str]]) -> None:
    """A captured message belongs to somebody who has it in a mailbox, and is as she has it."""
    left = [
        message_id
        for message_id, owner, is_stamped in _owners(list(holders))
        if owner not in holders[message_id] and not is_stamped
    ]
    heirs = _heirs(left)
    db.execute_many(
        "UPDATE email_message SET user_id = %s, visibility = %s, record_due = TRUE WHERE id = %s",
        [(user, visibility, each) for each, (user, visibility, _) in heirs.items()],
    )
    received = db.many(each for each, (_, _, is_sent) in heirs.items() if not is_sent)
    is_received = db.among("uuid")
    db.execute(
        "UPDATE email_message SET direction = 'received', status = 'received'"
        f" WHERE id {is_received}",
        [received],
    )
    # A Bcc is seen on the sender's own copy alone.
    db.execute(
        f"DELETE FROM participant WHERE role = 'bcc' AND message_id {is_received}", [received]
    )


def _heirs(message_ids: Sequence[str]) -> dict[str, tuple[str, str, bool]]:
    """To whom each goes, who may see it, whether she sent it: by her copy, a sender's first."""
    found: dict[str, tuple[str, str, bool]] = {}
    for message_id, *copy in db.rows(
        "SELECT c.message_id, b.user_id, coalesce(c.visibility, b.visibility), c.is_sent"
        " FROM message_copy c JOIN mailbox b ON b.id = c.mailbox_id"
        f" WHERE c.message_id {db.among('uuid')} ORDER BY c.is_sent DESC, c.received_at, c.id",
        [db.many(message_ids)],
    ):
        found.setdefault(message_id, (copy[0], copy[1], bool(copy[2])))
    return found


def _owners(message_ids: Sequence[str]) -> list[db.Row]:
    return db.rows(
        "SELECT m.id, m.user_id, s.id FROM email_message m LEFT JOIN stamp s ON s.message_id = m.id"
        f" WHERE m.id {db.among('uuid')}",
        [db.many(message_ids)],
    )


def _take_back_answers(message_ids: Sequence[str]) -> None:
    """Mails that these answer are answered by what is left of their answers."""
    wanted, is_wanted = db.many(message_ids), db.among("uuid")
    answers = db.rows(
        "SELECT m.reply_to_id, m.dedup_key, m.sent_at, p.address, s.id FROM email_message m"
        " JOIN participant p ON p.message_id = m.id AND p.role = 'from'"
        " LEFT JOIN stamp s ON s.message_id = m.reply_to_id"
        f" WHERE m.id {is_wanted} AND m.reply_to_id IS NOT NULL AND m.direction = 'received'",
        [wanted],
    )
    for original, key, at, address, stamp_id in answers:
        if stamp_id:
            for kind in ("reply", "opt_out"):
                outcomes.take_back(stamp_id, kind, address, at, key or "")
        db.execute(
            "UPDATE email_message SET record_due = TRUE, replied_at ="
            " (SELECT min(a.sent_at) FROM email_message a"
            " WHERE a.reply_to_id = %s AND a.direction = 'received' AND a.kind = 'person'"
            f" AND NOT a.id {is_wanted}) WHERE id = %s",
            [original, wanted, original],
        )
