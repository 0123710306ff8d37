"""Passwords: argon2id, the same time for a user who is not there, and what is too weak.

Source: NIST SP 800-63B-4 (2025) section 3.1.1: length counts, no rules of composition, compare with
what is commonly used. Parameters: RFC 9106 section 4, second recommended option.
"""

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from backend.errors import Invalid

MIN_LENGTH = 12
MAX_LENGTH = 256
MIN_DISTINCT = 5
# Each hash takes 64 MiB while it is made; more at once would be a way to fill the memory.
AT_ONCE = 4
_COMMON = ("password", "passwort", "telltale", "qwertz", "qwerty", "123456", "letmein", "changeme")

_hasher = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)
_turns = threading.BoundedSemaphore(AT_ONCE)
# The hash of a random text nobody kept, verified where there is no user or no password.
_DUMMY = (
    "$argon2id$v=19$m=65536,t=3,p=4$M8S4XNlFWziltNd7j/R+jQ"
    "$dUxaLrqZw9NrTMBB9zZjORinpuu9Rlk1OntqIqJMZ5w"
)


def make_hash(password: str) -> str:
    """The text to keep."""
    with _turns:
        return _hasher.hash(_normal(password))


def matches(kept: str, password: str) -> bool:
    """Whether that is the password; takes as long with no kept hash as with one."""
    with _turns:
        try:
            is_right = _hasher.verify(kept or _DUMMY, _normal(password))
        except (VerificationError, InvalidHashError):
            return False
    return is_right and bool(kept)


def require_strong(password: str, email: str) -> None:
    """Nothing, if it may be used. Raises Invalid, which says what is missing."""
    text = _normal(password)
    plain = text.lower()
    if not MIN_LENGTH <= len(text) <= MAX_LENGTH:
        raise Invalid("problems.password_length", least=MIN_LENGTH, most=MAX_LENGTH)
    own = email.partition("@")[0].lower()
    left = plain.replace(own, "") if len(own) > 3 else plain
    for common in _COMMON:
        left = left.replace(common, "")
    if len(set(plain)) < MIN_DISTINCT or len(left) < MIN_LENGTH // 2:
        raise Invalid("problems.password_easy")


def _normal(password: str) -> str:
    # The same word typed on two systems differs in its code points. Source: SP 800-63B-4, NFKC.
    return unicodedata.normalize("NFKC", password)
