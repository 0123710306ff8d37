"""Access tokens of Google's: by a user's grant, and by a service account for a user of its domain.

Source: developers.google.com/identity/protocols/oauth2/service-account (2026). Where a key says
that tokens are to be had is not believed: that address is a setting.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import Any, Self

import orjson

from backend.providers.calls import STEP_S, session, within
from backend.providers.faults import Away, Refused, refusal
from backend.providers.kept import Access, KeptGrant


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """Where Google gives tokens, and the authority to trust there (a test's own)."""

    url: str
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """A service account's key: of the JSON file that Google makes, what is needed."""

    client_email: str
    client_id: str
    private_key_id: str
    private_key: str = field(repr=False)

    @classmethod
    def of(cls, text: str) -> Self:
        """The key in the file's text. Raises Refused (`service_key`) for anything else."""
        from google.auth.crypt import RSASigner

        make: Callable[..., Any] = RSASigner.from_string
        try:
            values = orjson.loads(text)
            found = cls(*(str(values[name]) for name in cls.__dataclass_fields__))
            make(found.private_key).sign(b"x")
        except (ValueError, TypeError, KeyError, AttributeError):
            raise Refused("service_key") from None
        if not found.client_id.isdecimal() or "@" not in found.client_email:
            raise Refused("service_key")
        return found

    @property
    def text(self) -> str:
        """What is sealed."""
        return orjson.dumps(asdict(self)).decode()


def renew(grant: KeptGrant, client_id: str, client_secret: str, place: TokenPlace) -> KeptGrant:
    """The grant with a new access token. Raises Refused, Away."""
    from google.oauth2.credentials import Credentials

    made: Callable[..., Any] = Credentials
    credentials = made(
        token=None,
        refresh_token=grant.refresh_token,
        token_uri=place.url,
        client_id=client_id,
        client_secret=client_secret,
    )
    access = _refreshed(credentials, place)
    return replace(
        grant,
        refresh_token=credentials.refresh_token or grant.refresh_token,
        access_token=access.token,
        expires_at=access.ends_at,
    )


def delegated(key: ServiceKey, mailbox: str, scopes: tuple[str, ...], place: TokenPlace) -> Access:
    """Access to that mailbox by domain-wide delegation. Raises Refused, Away."""
    return _refreshed(_credentials(key, scopes, place, mailbox), place)


def own(key: ServiceKey, scopes: tuple[str, ...], place: TokenPlace) -> Access:
    """The service account's own access, to what it was given a role for. Raises Refused, Away."""
    return _refreshed(_credentials(key, scopes, place), place)


def _credentials(
    key: ServiceKey, scopes: tuple[str, ...], place: TokenPlace, subject: str | None = None
) -> Any:
    from google.oauth2.service_account import Credentials

    make: Callable[..., Any] = Credentials.from_service_account_info
    info = {**asdict(key), "token_uri": place.url}
    return make(info, scopes=list(scopes), subject=subject)


def _refreshed(credentials: Any, place: TokenPlace) -> Access:
    from google.auth.exceptions import GoogleAuthError, RefreshError
    from google.auth.transport.requests import Request

    request: Callable[..., Any] = Request(session(place.authority))

    def ask(*arguments: Any, **options: Any) -> Any:
        return request(*arguments, **{**options, "timeout": STEP_S, "allow_redirects": False})

    try:
        within(lambda: credentials.refresh(ask))
    except RefreshError as error:
        raise _meaning(error) from None
    except (GoogleAuthError, OSError, ValueError, KeyError, TypeError):
        raise Away("problems.provider_odd") from None
    if not credentials.token or credentials.expiry is None:
        raise Away("problems.provider_odd")
    return Access(credentials.token, int(credentials.expiry.replace(tzinfo=UTC).timestamp()))


def _meaning(error: Any) -> Exception:
    """What it means that there is no token; google-auth has Google's answer as second argument."""
    told = error.args[1] if len(error.args) > 1 else None
    if error.retryable or not isinstance(told, dict):
        return Away("problems.provider_odd")
    return refusal(str(told.get("error", "error")), str(told.get("error_description", "")))
