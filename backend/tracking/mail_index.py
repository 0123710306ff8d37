"""The words that mails are found by, written behind their stamping, which they would hold up.

A search looks itself at what is not written yet, so it misses nothing meanwhile.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from backend import clock, db
from backend.people.mail_words import held, of_link, of_mail, of_subject

BATCH = 500


class Due(NamedTuple):
    """A mail whose words are to be written."""

    stamp_id: str
    user_id: str
    created_at: datetime
    subject: str
    message_id: str


def write(limit: int = BATCH) -> int:
    """Write the words of at most so many mails that are new or changed; how many it were."""
    with db.transaction():
        mails = [
            Due(*row)
            for row in db.rows(
                "SELECT s.id, s.user_id, s.created_at, m.subject, m.id FROM stamp s"
                " JOIN email_message m ON m.id = s.message_id WHERE s.indexed_at IS NULL"
                " ORDER BY s.user_id, s.created_at LIMIT %s"
                + (" FOR UPDATE OF s SKIP LOCKED" if db.is_postgres() else ""),
                [limit],
            )
        ]
        if mails:
            _write_mails(mails)
            _write_links(mails)
            db.execute(
                f"UPDATE stamp SET indexed_at = %s WHERE id {db.among('uuid')}",
                [clock.now(), db.many(mail.stamp_id for mail in mails)],
            )
    return len(mails)


def came_to(message_ids: Iterable[str], user_id: str) -> None:
    """Have the mails of others among these written anew: they lie in this user's mailbox, too."""
    wanted = db.many(sorted(message_ids))
    of_others = f"message_id {db.among('uuid')} AND user_id <> %s AND indexed_at IS NOT NULL"
    if db.is_postgres():  # in one order, as whoever holds mails does
        db.rows(f"SELECT id FROM stamp WHERE {of_others} ORDER BY id FOR UPDATE", [wanted, user_id])
    db.execute(f"UPDATE stamp SET indexed_at = NULL WHERE {of_others}", [wanted, user_id])


def hand_on(stamp_ids: Sequence[str]) -> None:
    """Before these mails go: let each link that stands with one stand with the newest other one.

    That is written anew. One question for all the links of a sender, over her mails before: what is
    purged for its age has few.
    """
    going = set(stamp_ids)
    links: dict[str, set[str]] = {}
    latest: dict[str, datetime] = {}
    for user_id, url, stamped_at in db.rows(
        f"SELECT user_id, url, stamped_at FROM sent_url WHERE stamp_id {db.among('uuid')}",
        [db.many(going)],
    ):
        links.setdefault(user_id, set()).add(url)
        latest[user_id] = max(stamped_at, latest.get(user_id, stamped_at))
    heirs: set[str] = set()
    for user_id, urls in links.items():
        heirs |= _newest_with(user_id, urls, latest[user_id], going)
    db.execute(f"UPDATE stamp SET indexed_at = NULL WHERE id {db.among('uuid')}", [db.many(heirs)])


def _newest_with(user_id: str, urls: set[str], before: datetime, going: set[str]) -> set[str]:
    """The newest of the user's mails with each of these links, but for those that go."""
    found: dict[str, str] = {}
    for url, stamp_id in db.rows(
        "SELECT l.url, s.id FROM stamp s JOIN tracked_link l ON l.stamp_id = s.id"
        f" WHERE s.user_id = %s AND s.created_at <= %s AND l.url {db.among('text')}"
        " ORDER BY s.created_at DESC, s.id DESC",
        [user_id, before, db.many(urls)],
    ):
        if stamp_id not in going:
            found.setdefault(url, stamp_id)
    return set(found.values())


def _write_mails(mails: Sequence[Due]) -> None:
    db.execute(
        f"DELETE FROM mail_word WHERE stamp_id {db.among('uuid')}",
        [db.many(mail.stamp_id for mail in mails)],
    )
    recipients = _recipients(mails)
    holders = _holders(mails)
    rows = [
        (mail.user_id, word, mail.stamp_id)
        for mail in mails
        for word in of_mail(mail.subject, recipients.get(mail.message_id, ()))
    ]
    rows += [
        (user_id, held(word), mail.stamp_id)
        for mail in mails
        for user_id in holders.get(mail.message_id, set()) - {mail.user_id}
        for word in of_subject(mail.subject)
    ]
    # In the order of the index, so that a batch touches each of its pages once.
    db.insert_rows("mail_word", ("user_id", "word", "stamp_id"), sorted(rows))


def _recipients(mails: Sequence[Due]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for message_id, address in db.rows(
        "SELECT message_id, address FROM participant"
        f" WHERE message_id {db.among('uuid')} AND role <> 'from'",
        [db.many(mail.message_id for mail in mails)],
    ):
        found.setdefault(message_id, []).append(address)
    return found


def _holders(mails: Sequence[Due]) -> dict[str, set[str]]:
    """In whose mailboxes these mails lie."""
    found: dict[str, set[str]] = {}
    for message_id, user_id in db.rows(
        "SELECT DISTINCT c.message_id, b.user_id FROM message_copy c"
        f" JOIN mailbox b ON b.id = c.mailbox_id WHERE c.message_id {db.among('uuid')}",
        [db.many(mail.message_id for mail in mails)],
    ):
        found.setdefault(message_id, set()).add(user_id)
    return found


def _write_links(mails: Sequence[Due]) -> None:
    of_stamp = {mail.stamp_id: mail for mail in mails}
    newest: dict[tuple[str, str], tuple[Due, str, str]] = {}
    for stamp_id, url, text in db.rows(
        "SELECT stamp_id, url, min(text) FROM tracked_link"
        f" WHERE stamp_id {db.among('uuid')} GROUP BY stamp_id, url",
        [db.many(of_stamp)],
    ):
        mail = of_stamp[stamp_id]
        key = (mail.user_id, sha256(url.encode()).hexdigest()[:32])
        if key not in newest or newest[key][0].created_at <= mail.created_at:
            newest[key] = (mail, url, text)
    db.execute_many(
        "INSERT INTO sent_url (id, user_id, url_hash, url, text, stamp_id, stamped_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (user_id, url_hash) DO UPDATE SET"
        " text = excluded.text, stamp_id = excluded.stamp_id, stamped_at = excluded.stamped_at"
        " WHERE excluded.stamped_at >= sent_url.stamped_at",
        [
            (clock.new_id(), *key, url, text, mail.stamp_id, mail.created_at)
            for key, (mail, url, text) in sorted(newest.items(), key=lambda each: each[0])
        ],
    )
    _write_link_words(newest)


def _write_link_words(newest: dict[tuple[str, str], tuple[Due, str, str]]) -> None:
    users, hashes = ({key[part] for key in newest} for part in (0, 1))
    rows = set()
    for url_id, user_id, url_hash in db.rows(
        f"SELECT id, user_id, url_hash FROM sent_url WHERE user_id {db.among('uuid')}"
        f" AND url_hash {db.among('text')}",
        [db.many(users), db.many(hashes)],
    ):
        if (user_id, url_hash) in newest:
            _, url, text = newest[user_id, url_hash]
            rows |= {(user_id, word, url_id) for word in of_link(url, text)}
    db.execute_many(
        "INSERT INTO url_word (user_id, word, url_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        sorted(rows),
    )
