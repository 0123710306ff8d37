"""A card's state on its way through Gmail and back: signed, bound to its user, for a time.

    <base64url of JSON [operation, user id, expires, data]>.<base64url of its HMAC-SHA256>

Gmail hands a card's parameters back as text that anybody who speaks to us could have written; what
is signed cannot be changed, used by another user, nor used for ever. It is not secret, so it holds
ids and choices, never a token, and no address but that of the open mail's writer, whom Gmail knows.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import orjson

from backend import clock
from backend.errors import Forbidden, TelltaleError

LIFE_S = 24 * 3600
_LABEL = b"telltale gmail card state"


class Expired(TelltaleError):
    """The card is older than its state holds."""

    status = Forbidden.status
    slug = "card-expired"


@dataclass(frozen=True, slots=True)
class Order:
    """What a card's button asks for."""

    operation: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs and reads states by a key of its own."""

    key: bytes

    @classmethod
    def of(cls, secret: str) -> Self:
        """The signer of an installation."""
        return cls(hmac.digest(secret.encode(), _LABEL, "sha256"))

    def sign(self, user_id: str, order: Order) -> str:
        """The text of an order that this user may give within `LIFE_S`."""
        expires = int(clock.now().timestamp()) + LIFE_S
        raw = orjson.dumps([order.operation, user_id, expires, order.data])
        return f"{_text(raw)}.{_text(self._mac(raw))}"

    def read(self, user_id: str, text: str) -> Order:
        """The order in a text. Raises Forbidden for one that is not this user's, Expired."""
        try:
            raw, mac = (_bytes(part) for part in text.split("."))
        except ValueError:
            raise Forbidden("This is not a state of ours.") from None
        if not hmac.compare_digest(self._mac(raw), mac):
            raise Forbidden("This is not a state of ours.")
        operation, owner, expires, data = orjson.loads(raw)
        if owner != user_id:
            raise Forbidden("This card was made for somebody else.")
        if clock.now().timestamp() >= expires:
            raise Expired("This card is too old; open it anew.")
        return Order(operation, data)

    def _mac(self, raw: bytes) -> bytes:
        return hmac.digest(self.key, raw, "sha256")


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
