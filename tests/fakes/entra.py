"""Entra's part in nested app authentication: a tenant's keys on a local server, and its tokens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from backend import clock
from tests.gmail_addon.certs import Certs, serving

CLIENT_ID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
TENANT = "11111111-2222-3333-4444-555555555555"
FOREIGN = "99999999-2222-3333-4444-555555555555"
OBJECT = "0f0f0f0f-1111-4222-8333-444444444444"


def new_key(key_id: str = "k1") -> RSAKey:
    """A signing key."""
    return RSAKey.generate_key(2048, {"kid": key_id})


def published(*keys: RSAKey) -> dict[str, Any]:
    """The public halves, as Entra publishes them."""
    return {"keys": [{**key.as_dict(private=False), "use": "sig"} for key in keys]}


@dataclass
class Tenants:
    """Where the keys are, and how a token is made with them."""

    certs: Certs
    key: RSAKey = field(default_factory=new_key)

    @property
    def authority(self) -> str:
        """The address in place of login.microsoftonline.com."""
        return self.certs.url.removesuffix("/certs")

    @property
    def settings(self) -> dict[str, str]:
        """What an installation is told of an app that this tenant's users may use."""
        return {
            "entra_client_id": CLIENT_ID,
            "entra_tenants": TENANT,
            "microsoft_authority": self.authority,
        }

    def claims(self, tenant: str = TENANT, **changes: Any) -> dict[str, Any]:
        """What a good token says; a claim that is None is left out."""
        now = int(clock.wall().timestamp())
        usual = {
            "aud": CLIENT_ID, "azp": CLIENT_ID, "ver": "2.0", "scp": "Track.Use",
            "iss": f"{self.authority}/{tenant}/v2.0", "tid": tenant, "oid": OBJECT,
            "iat": now, "nbf": now, "exp": now + 3600, "preferred_username": "alice@ours.test",
        }  # fmt: skip
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def token(self, tenant: str = TENANT, **changes: Any) -> str:
        """A token signed by this tenant's key."""
        header = {"alg": "RS256", "kid": self.key.kid}
        return jwt.encode(header, self.claims(tenant, **changes), self.key)


@contextmanager
def tenants() -> Iterator[Tenants]:
    """The keys on a server of their own."""
    key = new_key()
    with serving(published(key)) as certs:
        yield Tenants(certs, key)
