"""Entra's access tokens as Outlook's panel gets them by nested app authentication.

A token is believed only for our own app, from a tenant that the settings name, with the scope
Track.Use and a user behind it. Whoever it names is known by tenant and object id, never by an
address. Source: learn.microsoft.com "Access token claims reference" and "Secure applications and
APIs by validating claims" (2026).
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import orjson
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, RSAKey

from backend import clock
from backend.errors import NotSignedIn
from backend.providers.keys import SigningKeys
from backend.providers.openid import ALGORITHMS, LEEWAY_S, Account
from backend.settings import Settings

SCOPE = "Track.Use"
UNKNOWN_KEY_S = 300.0
MAX_TOKEN = 16 * 1024
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Entra:
    """Our app at Entra: whose tokens it takes, and the keys of each tenant."""

    def __init__(
        self,
        client_id: str,
        tenants: str,
        authority: str,
        ca: Path | None = None,
        monotonic: Callable[[], float] = clock.monotonic,
    ) -> None:
        self.client_id = client_id
        self.authority = authority
        self._keys = {
            tenant: SigningKeys(
                f"{authority}/{tenant}/discovery/v2.0/keys", monotonic, UNKNOWN_KEY_S, ca
            )
            for tenant in tenants.split()
        }

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """The app that the settings name; None if they name none."""
        if not settings.entra_client_id:
            return None
        return cls(
            settings.entra_client_id,
            settings.entra_tenants,
            settings.microsoft_authority,
            settings.provider_ca,
        )

    @property
    def login(self) -> str:
        """Where an account signs in: its only tenant, or whichever of several it is of."""
        tenant = next(iter(self._keys)) if len(self._keys) == 1 else "organizations"
        return f"{self.authority}/{tenant}"

    def account_of(self, token: str) -> Account:
        """Who holds that access token.

        Raises NotSignedIn for one that does not hold, Unavailable while Entra's keys are away.
        """
        try:
            claims = self._claims(token)
        except (JoseError, ValueError, TypeError, KeyError):
            raise NotSignedIn("problems.microsoft_token") from None
        address = str(claims.get("preferred_username", ""))
        return Account(str(claims["tid"]), str(claims["oid"]), address)

    def _claims(self, token: str) -> Mapping[str, Any]:
        if len(token) > MAX_TOKEN:
            raise ValueError("longer than any token")
        tenant = _tenant_said(token)
        keys = self._keys[tenant]  # the list of tenants comes before anything is believed
        claims = jwt.decode(token, _finder(keys), algorithms=ALGORITHMS).claims
        self._rules(tenant).validate(claims)
        scopes = claims["scp"]
        if not isinstance(scopes, str) or SCOPE not in scopes.split():
            raise ValueError("not for this")
        if not _ID.fullmatch(claims["oid"]):
            raise ValueError("names nobody")
        return claims

    def _rules(self, tenant: str) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=lambda: int(clock.wall().timestamp()),
            leeway=LEEWAY_S,
            ver={"essential": True, "value": "2.0"},
            tid={"essential": True, "value": tenant},
            iss={"essential": True, "value": f"{self.authority}/{tenant}/v2.0"},
            aud={"essential": True, "value": self.client_id},
            azp={"essential": True, "value": self.client_id},
            exp={"essential": True},
            nbf={"essential": True},
            scp={"essential": True},
            oid={"essential": True},
        )


def _tenant_said(token: str) -> str:
    """The tenant a token speaks of; nothing of it is believed yet."""
    payload = jws.extract_compact(token.encode()).payload
    found = orjson.loads(payload)
    return str(found["tid"])


def _finder(keys: SigningKeys) -> Callable[[GuestProtocol], RSAKey]:
    def find(token: GuestProtocol) -> RSAKey:
        key_id = token.headers().get("kid")
        found = keys.key(key_id) if isinstance(key_id, str) else None
        if found is None:
            raise KeyError("no such key")
        return found

    return find
