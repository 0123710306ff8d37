"""A user's grant as it is kept, sealed, beside her mailbox: the same for both providers."""

from dataclasses import asdict, dataclass, field
from typing import Self

import orjson

from backend import clock
from backend.providers.mail import NeedsReauth

SPARE_S = 300  # an access token is renewed so long before its end, so that a turn fits in


@dataclass(frozen=True, slots=True)
class Access:
    """An access token and when it ends, in Unix seconds."""

    token: str = field(repr=False)
    ends_at: int

    @property
    def is_fresh(self) -> bool:
        """Whether it lasts for a while."""
        return bool(self.token) and clock.wall().timestamp() + SPARE_S < self.ends_at


@dataclass(frozen=True, slots=True)
class KeptGrant:
    """What a user has granted; `expires_at` in Unix seconds, 0 where there is no access token."""

    refresh_token: str = field(repr=False)
    scopes: tuple[str, ...] = ()
    access_token: str = field(default="", repr=False)
    expires_at: int = 0

    @classmethod
    def of(cls, text: str) -> Self:
        """The grant as it was kept. Raises NeedsReauth for one that cannot be read."""
        try:
            values = orjson.loads(text)
            return cls(**{**values, "scopes": tuple(values.get("scopes", ()))})
        except (ValueError, TypeError, AttributeError):
            raise NeedsReauth("grant_unreadable") from None

    @property
    def text(self) -> str:
        """What is sealed."""
        return orjson.dumps(asdict(self)).decode()

    @property
    def access(self) -> Access:
        """Its access token."""
        return Access(self.access_token, self.expires_at)
