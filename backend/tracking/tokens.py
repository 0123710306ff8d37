"""Tokens: what stands in the address of a pixel, a wrapped link and an unsubscribe page.

20 bytes: 1 key id, 15 random, 4 of HMAC-SHA256(key, kind + key id + random); written as 32
characters of lower-case base32, read in any case because mail gateways change case (gophish#991,
cocalc#294). The key id is the quarter in which the token was made, so it also tells a link's age.
A token says nothing about whom or what it stands for. The links of one copy share nine of their
random bytes (docs/decisions/0039).
"""

import hmac
import os
from base64 import b32decode
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

from backend.tracking.facts import Kind
from backend.tracking.mac import Mac

TOKEN_LENGTH = 32
FIRST_YEAR = 2026
_QUARTERS = 256
# To the digits of `int(…, 32)`: a tenth of the time of b32decode, and the edge checks every hit.
# Whatever is no base32 becomes "!", which is no digit either.
_DIGITS = dict(
    zip(
        b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        b"0123456789abcdefghijklmnop0123456789abcdefghijklmnopqrstuv",
        strict=True,
    )
)
_BASE32_TO_INT = bytes(_DIGITS.get(byte, ord("!")) for byte in range(256))
# Two characters at a time: half of the time of b32encode, and a mail has a token for every link.
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_HALF = 10  # bytes
_MAC = 4  # bytes
_OWN = _HALF - _MAC  # random bytes that a token shares with no other
_AT_ONCE = 32  # tokens out of one call for random bytes
_KEY_LABEL = b"telltale token key"


class TokenKeys:
    """Makes and checks tokens with keys derived from one master secret, one key a quarter.

    Every quarter's key can be derived for ever, so mail of any age keeps working.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def make(self, kind: Kind, at: datetime) -> str:
        """A new random token of that kind, under the key of `at`'s quarter."""
        return next(self.series(kind, at))

    def series(self, kind: Kind, at: datetime) -> Iterator[str]:
        """New tokens of that kind without end, for the links of one copy: they share a random half.

        So they are neighbours in every index, which then grows in a page or two and not in one for
        each link.
        """
        quarter = quarter_of(at)
        shared = bytes([quarter]) + os.urandom(_HALF - 1)
        text, begun, mac = _written(shared), kind.encode() + shared, self._macs[quarter].of
        while True:
            random = os.urandom(_AT_ONCE * _OWN)
            for start in range(0, len(random), _OWN):
                own = random[start : start + _OWN]
                yield text + _written(own + mac(begun + own)[:_MAC])

    def check(self, kind: Kind, text: str) -> str | None:
        """The canonical form of `text` if it is a token of ours and of that kind, else None."""
        if len(text) != TOKEN_LENGTH:
            return None
        try:
            raw = int(text.encode("ascii").translate(_BASE32_TO_INT), 32).to_bytes(20, "big")
        except ValueError:
            return None
        if not hmac.compare_digest(self._mac(kind, raw[:-_MAC]), raw[-_MAC:]):
            return None
        return text.lower()

    def _mac(self, kind: Kind, head: bytes) -> bytes:
        return self._macs[head[0]].of(kind.encode() + head)[:_MAC]

    @cached_property
    def _macs(self) -> tuple[Mac, ...]:
        keys = Mac(self._secret)
        return tuple(Mac(keys.of(_KEY_LABEL + bytes([quarter]))) for quarter in range(_QUARTERS))


def _written(half: bytes) -> str:
    # In three numbers of at most 30 bits and without a loop: half of the time.
    number = int.from_bytes(half)
    high, middle, low = number >> 50, number >> 20 & 0x3FFFFFFF, number & 0xFFFFF
    pairs = _PAIRS
    return (
        f"{pairs[high >> 20]}{pairs[high >> 10 & 1023]}{pairs[high & 1023]}"
        f"{pairs[middle >> 20]}{pairs[middle >> 10 & 1023]}{pairs[middle & 1023]}"
        f"{pairs[low >> 10]}{pairs[low & 1023]}"
    )


def quarter_of(at: datetime) -> int:
    """Quarters since the start of 2026, as the key id of tokens made then (0 to 255)."""
    return min(max((at.year - FIRST_YEAR) * 4 + (at.month - 1) // 3, 0), _QUARTERS - 1)


def quarter_of_token(token: str) -> int:
    """The quarter in which a checked token was made."""
    return b32decode(token[:8].upper())[0]
