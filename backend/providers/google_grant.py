"""A user's grant at Google as it is kept, and the credentials made of it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import orjson

from backend.providers.mail import NeedsReauth


@dataclass(frozen=True, slots=True)
class GoogleClient:
    """The organisation's OAuth client, and where it asks for tokens."""

    client_id: str
    client_secret: str = field(repr=False)
    token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105 (an address)


@dataclass(frozen=True, slots=True)
class GoogleGrant:
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


def credentials_of(grant: GoogleGrant, client: GoogleClient) -> Any:
    """google-auth's credentials; they fetch a new access token by themselves."""
    from google.oauth2.credentials import Credentials

    # google-auth wants the expiry without a zone, in UTC.
    expiry = datetime.fromtimestamp(grant.expires_at, UTC).replace(tzinfo=None)
    made: Callable[..., Any] = Credentials
    return made(
        token=grant.access_token or None,
        refresh_token=grant.refresh_token or None,
        token_uri=client.token_url,
        client_id=client.client_id,
        client_secret=client.client_secret,
        expiry=expiry if grant.expires_at else None,
    )


def renewed(grant: GoogleGrant, credentials: Any) -> GoogleGrant:
    """The grant with the tokens that the credentials hold now."""
    expires_at = (
        int(credentials.expiry.replace(tzinfo=UTC).timestamp()) if credentials.expiry else 0
    )
    return GoogleGrant(
        refresh_token=credentials.refresh_token or grant.refresh_token,
        scopes=grant.scopes,
        access_token=credentials.token or grant.access_token,
        expires_at=expires_at,
    )
