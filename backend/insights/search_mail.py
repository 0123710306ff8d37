"""Mails by the words of their subjects, and links by those of their address and text.

A search starts from its first word, the longest. If few mails have that, they are looked at one by
one; if many do, the sender's mails are walked from the newest, since the next that fits then lies
close ahead. What the worker has not written into the index yet is looked at itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from backend import db
from backend.insights.questions import FEW, WAITING, fits
from backend.insights.sent import shown
from backend.people.finding import LAST
from backend.people.mail_words import held, of_link, of_subject


class Shares(Enum):
    """What of somebody's mail the viewer may find."""

    ALL = auto()
    WITH_MANAGER = auto()
    WITH_EVERYONE = auto()


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody whose mail is searched, and how: all of one's own, of others what they share."""

    user_id: str
    shares: Shares


def mails(
    senders: Sequence[Sender], tokens: Sequence[str], limit: int, few: int = FEW
) -> list[dict[str, Any]]:
    """Each sender's newest mails whose subject has all of these beginnings of words."""
    counted = _of_each(senders, lambda sender: _count(sender, tokens[0], few + 1))
    counts: dict[str, int] = dict(counted)
    found = _of_each(
        [sender for sender in senders if sender.user_id in counts],
        lambda sender: _newest(sender, tokens, limit, is_rare=counts[sender.user_id] <= few),
    )
    waiting = [row for row in _of_each(senders, _waiting) if fits(of_subject(row[1]), tokens)]
    return [
        {"id": row[0], "subject": row[1], "stamped_at": shown(row[2])} for row in [*found, *waiting]
    ]


def held_mails(
    holders: Sequence[Sender], tokens: Sequence[str], limit: int
) -> list[dict[str, Any]]:
    """Mails of others in each of these people's mailboxes, as far as she shares her copies.

    By their subjects and the newest first, as `mails` are, once the worker has written them.
    """
    found = _of_each(holders, lambda holder: _newest_held(holder, tokens, limit))
    return [{"id": row[0], "subject": row[1], "stamped_at": shown(row[2])} for row in found]


def links(senders: Sequence[Sender], tokens: Sequence[str], limit: int) -> list[dict[str, Any]]:
    """Each sender's links with all of these beginnings, each with the newest mail it was in."""
    found = _of_each(senders, lambda sender: _newest_links(sender, tokens, limit))
    return [_link(row) for row in [*found, *_waiting_links(senders, tokens)]]


# A statement and its parameters.
Question = tuple[str, list[Any]]

AT_ONCE = 50  # senders that one statement asks for; SQLite takes 500, each with its own plan
_SENT = "stamp s JOIN email_message m ON m.id = s.message_id"
_OF_WORD = f"stamp s ON s.id = k.stamp_id {_SENT.partition('stamp s ')[2]}"
_COPIES_OPEN_TO = {
    Shares.ALL: "",
    Shares.WITH_MANAGER: " AND coalesce(c.visibility, b.visibility) <> 'private'",
    Shares.WITH_EVERYONE: " AND coalesce(c.visibility, b.visibility) = 'org'",
}
_WITH_WORD = "FROM mail_word WHERE user_id = %s AND word >= %s AND word < %s"


def _of_each(senders: Sequence[Sender], question: Callable[[Sender], Question]) -> list[db.Row]:
    """The rows of a question put for each of the senders, many of them in one statement.

    One question for all of them (`user_id IN …`) would sort all they have to find the newest.
    """
    found: list[db.Row] = []
    for start in range(0, len(senders), AT_ONCE):
        asked = [question(sender) for sender in senders[start : start + AT_ONCE]]
        found += db.rows(
            " UNION ALL ".join(f"SELECT * FROM ({sql}) q" for sql, _ in asked),
            [param for _, params in asked for param in params],
        )
    return found


def _count(sender: Sender, token: str, most: int) -> Question:
    """How many mails have a word that begins so, up to a number; no row for none."""
    return (
        f"SELECT user_id, count(*) FROM (SELECT user_id {_WITH_WORD} LIMIT %s) c GROUP BY user_id",
        [sender.user_id, *_range(token), most],
    )


def _newest(sender: Sender, tokens: Sequence[str], limit: int, *, is_rare: bool) -> Question:
    first, *others = tokens
    # OFFSET keeps PostgreSQL from gathering everything that matches before it walks.
    has = (
        "EXISTS (SELECT 1 FROM mail_word w WHERE w.stamp_id = s.id"
        " AND w.word >= %s AND w.word < %s LIMIT 1 OFFSET 0)"
    )
    tables, params = _SENT, []
    if is_rare:
        tables, params = f"(SELECT DISTINCT stamp_id {_WITH_WORD}) k JOIN {_OF_WORD}", [
            sender.user_id, *_range(first)
        ]  # fmt: skip
    asked = others if is_rare else tokens
    return (
        f"SELECT s.id, m.subject, s.created_at FROM {tables} WHERE s.user_id = %s"
        f"{_open_to(sender)}{f' AND {has}' * len(asked)}"
        " ORDER BY s.created_at DESC, s.id DESC LIMIT %s",
        [*params, sender.user_id, *(end for token in asked for end in _range(token)), limit],
    )


def _newest_held(holder: Sender, tokens: Sequence[str], limit: int) -> Question:
    first, *others = map(held, tokens)
    has = (
        "EXISTS (SELECT 1 FROM mail_word w WHERE w.stamp_id = s.id"
        " AND w.user_id = %s AND w.word >= %s AND w.word < %s LIMIT 1 OFFSET 0)"
    )
    return (
        "SELECT s.id, m.subject, s.created_at"
        f" FROM (SELECT DISTINCT stamp_id FROM (SELECT stamp_id {_WITH_WORD}"
        f" ORDER BY word DESC, stamp_id DESC LIMIT %s) j) k JOIN {_OF_WORD}"
        " WHERE EXISTS (SELECT 1 FROM message_copy c JOIN mailbox b ON b.id = c.mailbox_id"
        " WHERE c.message_id = m.id AND b.user_id = %s AND b.user_id <> m.user_id"
        f"{_COPIES_OPEN_TO[holder.shares]}){f' AND {has}' * len(others)}"
        " ORDER BY s.created_at DESC, s.id DESC LIMIT %s",
        [
            holder.user_id,
            *_range(first),
            FEW,
            holder.user_id,
            *(param for token in others for param in (holder.user_id, *_range(token))),
            limit,
        ],
    )


def _newest_links(sender: Sender, tokens: Sequence[str], limit: int) -> Question:
    first, *others = tokens
    has = (
        "EXISTS (SELECT 1 FROM url_word w WHERE w.url_id = u.id"
        " AND w.word >= %s AND w.word < %s LIMIT 1 OFFSET 0)"
    )
    return (
        "SELECT u.url, u.text, u.stamped_at, s.id, m.subject"
        " FROM (SELECT DISTINCT url_id FROM (SELECT url_id FROM url_word"
        " WHERE user_id = %s AND word >= %s AND word < %s LIMIT %s) j) k"
        " JOIN sent_url u ON u.id = k.url_id JOIN stamp s ON s.id = u.stamp_id"
        f" JOIN email_message m ON m.id = s.message_id WHERE s.user_id = %s{_open_to(sender)}"
        f"{f' AND {has}' * len(others)} ORDER BY u.stamped_at DESC LIMIT %s",
        [
            sender.user_id,
            *_range(first),
            FEW,
            sender.user_id,
            *(end for token in others for end in _range(token)),
            limit,
        ],
    )


def _waiting(sender: Sender) -> Question:
    return (
        f"SELECT s.id, m.subject, s.created_at FROM {_SENT} WHERE s.user_id = %s"
        f" AND s.indexed_at IS NULL{_open_to(sender)} ORDER BY s.created_at DESC LIMIT %s",
        [sender.user_id, WAITING],
    )


def _waiting_links(senders: Sequence[Sender], tokens: Sequence[str]) -> list[db.Row]:
    mails = {row[0]: row for row in _of_each(senders, _waiting)}
    rows = db.rows(
        f"SELECT DISTINCT stamp_id, url, text FROM tracked_link WHERE stamp_id {db.among('uuid')}",
        [db.many(mails)],
    )
    return [
        (url, text, mails[stamp_id][2], stamp_id, mails[stamp_id][1])
        for stamp_id, url, text in rows
        if fits(of_link(url, text), tokens)
    ]


def _link(row: db.Row) -> dict[str, Any]:
    return {
        "url": row[0],
        "text": row[1],
        "stamped_at": shown(row[2]),
        "stamp": {"id": row[3], "subject": row[4]},
    }


def _open_to(sender: Sender) -> str:
    return {
        Shares.ALL: "",
        Shares.WITH_MANAGER: " AND m.visibility <> 'private'",
        Shares.WITH_EVERYONE: " AND m.visibility = 'org'",
    }[sender.shares]


def _range(token: str) -> tuple[str, str]:
    return token, token + LAST
