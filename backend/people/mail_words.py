"""The words that mails are found by, folded as those of people are."""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from backend.mail.addresses import domain_of
from backend.people.words import MAX_WORD, fold

MAX_SUBJECT_WORDS = 24
MAX_LINK_WORDS = 16

# No word of a subject or a question begins with these.
TO = "@"
HELD = "~"

_WORD = re.compile(r"\w+")


def of_subject(subject: str) -> set[str]:
    """The words of a subject."""
    return {word[:MAX_WORD] for word in _WORD.findall(fold(subject))[:MAX_SUBJECT_WORDS]}


def of_mail(subject: str, recipients: Iterable[str]) -> set[str]:
    """The words of a mail: those of its subject, and `TO` before each address and its host.

    With `TO` in front, whom a mail went to is found only by who asks for that.
    """
    places = {part for address in recipients for part in (address, domain_of(address))}
    return of_subject(subject) | {to(fold(place)) for place in places}


def to(place: str) -> str:
    """The word for an address or host that a mail went to, or for how it begins."""
    return (TO + place)[:MAX_WORD]


def held(word: str) -> str:
    """The word of a subject for who has somebody else's mail in a mailbox of hers."""
    return (HELD + word)[:MAX_WORD]


def of_link(url: str, text: str) -> set[str]:
    """The words of a link: its host, host with path, the path's words, and those of its text."""
    place = bare(fold(url))
    try:
        path = unquote(urlsplit(fold(url)).path)
    except ValueError:  # "[" in the host, which some mails' links have
        path = ""
    host = re.split(r"[/?#]", place, maxsplit=1)[0]
    words = [host, place, *_WORD.findall(path), *_WORD.findall(fold(text))]
    return {word[:MAX_WORD] for word in words[:MAX_LINK_WORDS] if word}


def bare(url: str) -> str:
    """An address without its scheme and `www.`, as people remember it."""
    return re.sub(r"^[a-z]+://", "", url).removeprefix("www.")
