"""Which of one's own mails a question finds: by words of their subjects and by whom they went to.

All its words must begin a word of the subject, an address or the host of one. As in search_mail the
first word, the longest, decides: what few mails have is gathered, else the mails are walked from
the newest. What the worker has not written into the index yet is looked at itself.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from backend import db
from backend.insights.questions import FEW, WAITING, fits, tokens_of_question
from backend.people.finding import LAST
from backend.people.mail_words import of_mail, to

_IN_RANGE = "w.word >= %s AND w.word < %s"
# OFFSET keeps PostgreSQL from gathering everything that matches before it walks.
_HAS = (
    f"(EXISTS (SELECT 1 FROM mail_word w WHERE w.stamp_id = s.id AND {_IN_RANGE} LIMIT 1 OFFSET 0)"
    f" OR EXISTS (SELECT 1 FROM mail_word w WHERE w.stamp_id = s.id AND {_IN_RANGE}"
    " LIMIT 1 OFFSET 0))"
)
_OF_USER = f"SELECT w.stamp_id FROM mail_word w WHERE w.user_id = %s AND {_IN_RANGE}"


def condition(user_id: str, question: str, few: int = FEW) -> tuple[str, list[Any]]:
    """SQL over `stamp s` for the user's mails that the question finds; nothing without a word."""
    tokens = tokens_of_question(question)
    if not tokens:
        return "1 = 0", []
    waiting = _waiting(user_id, tokens)
    if _is_rare(user_id, tokens[0], few):
        # Without the user, whose they are: given both, SQLite would walk through all of hers.
        return f"s.id {db.among('uuid')}", [db.many([*_with_all(user_id, tokens), *waiting])]
    words = f" AND {_HAS}" * len(tokens)
    return (
        f"s.user_id = %s AND (s.indexed_at IS NOT NULL{words} OR s.id {db.among('uuid')})",
        [user_id, *_ranges(tokens), db.many(waiting)],
    )


def _is_rare(user_id: str, token: str, few: int) -> bool:
    row = db.one(
        f"SELECT count(*) FROM (SELECT * FROM ({_OF_USER} LIMIT %s) a"
        f" UNION ALL SELECT * FROM ({_OF_USER} LIMIT %s) b) c",
        _of_both(user_id, token, few + 1),
    )
    return row is not None and row[0] <= few


def _with_all(user_id: str, tokens: Sequence[str]) -> list[str]:
    first, *others = tokens
    found = db.rows(
        f"SELECT s.id FROM ({_OF_USER} UNION {_OF_USER}) k CROSS JOIN stamp s"
        " WHERE s.id = k.stamp_id AND s.user_id = %s"
        f" AND s.indexed_at IS NOT NULL{f' AND {_HAS}' * len(others)}",
        [*_of_both(user_id, first), user_id, *_ranges(others)],
    )
    return [stamp_id for (stamp_id,) in found]


def _waiting(user_id: str, tokens: Sequence[str]) -> list[str]:
    """The newest mails without words in the index that have these."""
    mails = db.rows(
        "SELECT s.id, m.id, m.subject FROM stamp s JOIN email_message m ON m.id = s.message_id"
        " WHERE s.user_id = %s AND s.indexed_at IS NULL ORDER BY s.created_at DESC LIMIT %s",
        [user_id, WAITING],
    )
    recipients: dict[str, list[str]] = {}
    for message_id, address in db.rows(
        "SELECT message_id, address FROM participant"
        f" WHERE message_id {db.among('uuid')} AND role <> 'from'",
        [db.many([message_id for _, message_id, _ in mails])],
    ):
        recipients.setdefault(message_id, []).append(address)
    return [
        stamp_id
        for stamp_id, message_id, subject in mails
        if _fits(of_mail(subject, recipients.get(message_id, ())), tokens)
    ]


def _fits(words: set[str], tokens: Sequence[str]) -> bool:
    return all(fits(words, [token]) or fits(words, [to(token)]) for token in tokens)


def _of_both(user_id: str, token: str, *more: int) -> list[Any]:
    ends = _ranges([token])
    return [user_id, *ends[:2], *more, user_id, *ends[2:], *more]


def _ranges(tokens: Iterable[str]) -> list[str]:
    """For each word where it begins a subject's word, and where it begins an address or host."""
    return [
        end for token in tokens for start in (token, to(token)) for end in (start, start + LAST)
    ]
