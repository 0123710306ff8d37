"""Names as they are sorted and searched: folded, so that Zoë is found as zoe.

A person is found by the beginning of any word of the name or company, of the mail domain and of an
address.
"""

import re
import unicodedata
from collections.abc import Iterable

from backend.mail.addresses import domain_of

MAX_WORD = 40
MAX_WORDS = 24
MAX_SORT_NAME = 100
MAX_TOKENS = 5

_WORD = re.compile(r"\w+")


def fold(text: str) -> str:
    """Lower case, without accents and with compatible characters made equal."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return plain.casefold()


def sort_name(name: str) -> str:
    """What lists are ordered by."""
    return fold(name).strip()[:MAX_SORT_NAME]


def words_of(name: str, company: str, addresses: Iterable[str]) -> set[str]:
    """The words a person is found by, at most `MAX_WORDS`; addresses are searched by themselves."""
    domains = (domain_of(address) for address in addresses)
    found = [*_WORD.findall(fold(f"{name} {company}")), *domains]
    return {word[:MAX_WORD] for word in found[:MAX_WORDS] if word}


def tokens_of(query: str) -> list[str]:
    """The beginnings to look for, all of which must match; the longest first, at most five."""
    found: set[str] = set()
    for part in fold(query).split():
        bare = part.strip(".,;:()\"'<>")
        is_address = "@" in bare or "." in bare
        found.update([bare] if is_address else _WORD.findall(bare))
    return sorted(found, key=lambda token: (-len(token), token))[:MAX_TOKENS]
