"""The "this is me" cookie: tells the edge that a click came from a signed-in user of ours.

    telltale_me = <user id>.<expiry, Unix seconds>.<base64url HMAC-SHA256 of both>

The console sets it when a rep signs in; the edge reads it on /c/ only. It opens nothing: all it
does is keep a rep's own click from being taken for a customer's.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from datetime import datetime

from backend import clock

COOKIE = "telltale_me"
_KEY_LABEL = b"telltale self cookie"
_VALUE = re.compile(r"([0-9a-f-]{36})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})")


def key_of(secret: str) -> bytes:
    """The key of these cookies, derived from the master secret."""
    return hmac.digest(secret.encode(), _KEY_LABEL, hashlib.sha256)


def sign(key: bytes, user_id: str, expires_at: datetime) -> str:
    """The cookie's value for that user until then."""
    claim = f"{user_id}.{clock.micros(expires_at) // 1_000_000}"
    return f"{claim}.{_seal(key, claim)}"


def read(key: bytes, value: str, at: datetime) -> str | None:
    """The user id in the value, or None if it is not ours or no longer holds at that moment."""
    match = _VALUE.fullmatch(value)
    if not match:
        return None
    user_id, expiry, seal = match.groups()
    if not hmac.compare_digest(_seal(key, f"{user_id}.{expiry}"), seal):
        return None
    return user_id if clock.micros(at) < int(expiry) * 1_000_000 else None


def _seal(key: bytes, claim: str) -> str:
    return urlsafe_b64encode(hmac.digest(key, claim.encode(), "sha256")).decode().rstrip("=")
