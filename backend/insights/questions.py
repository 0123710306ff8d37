"""A question put to the search: the beginnings of words that it looks for, and what they fit."""

from collections.abc import Iterable, Sequence

from backend.people.mail_words import HELD, TO, bare
from backend.people.words import MAX_WORD, fold, tokens_of

FEW = 5_000  # mails with a word that are still looked at one by one
WAITING = 200  # mails that the worker has not come to; it lags a minute at most


def tokens_of_question(question: str) -> list[str]:
    """The beginnings to look for, the longest first; none without a letter or digit.

    An "@" or "~" in front is left out: in the index they stand before those whom a mail went to,
    and before the words of a mail that is somebody else's.
    """
    found = (
        token.lstrip(TO + HELD)[:MAX_WORD] for token in tokens_of(bare(fold(question).strip()))
    )
    return [token for token in found if token]


def fits(words: Iterable[str], tokens: Sequence[str]) -> bool:
    """Whether each of the tokens begins one of the words."""
    return all(any(word.startswith(token) for word in words) for token in tokens)
