"""Id tokens that Google's own servers send along with a call: believed only when all of it fits.

Source: developers.google.com/workspace/add-ons/guides/alternate-runtimes (2026-04-03) and
docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions (2026): RS256 JWTs of
accounts.google.com, whose audience is the exact address that is called.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, RSAKey

from backend import clock
from backend.errors import Forbidden, NotSignedIn
from backend.providers.keys import SigningKeys

ISSUERS = ("https://accounts.google.com", "accounts.google.com")
ALGORITHMS = ("RS256",)
LEEWAY_S = 30
MAX_TOKEN = 8 * 1024


@dataclass(frozen=True, slots=True)
class IdTokens:
    """Checks tokens against Google's public keys."""

    keys: SigningKeys

    def account(self, token: str, audience: str) -> str:
        """The address of the account that calls, which Google has verified.

        Raises NotSignedIn for a token that does not hold, Forbidden for an unverified address,
        Unavailable while there are no keys.
        """
        claims = self.claims(token, audience)
        address = claims.get("email")
        if not isinstance(address, str) or claims.get("email_verified") is not True:
            raise Forbidden("Google has not verified who calls.")
        return address

    def claims(self, token: str, audience: str) -> Mapping[str, Any]:
        """What a token for this audience says. Raises NotSignedIn, Unavailable."""
        if not token or len(token) > MAX_TOKEN:
            raise NotSignedIn("An id token of Google's is missing.")
        try:
            claims: dict[str, Any] = jwt.decode(token, self._key, algorithms=ALGORITHMS).claims
            _rules().validate(claims)
        except (JoseError, ValueError, TypeError, KeyError):
            raise NotSignedIn("An id token of Google's does not hold.") from None
        # As one text: a list with ours among others was made for others too.
        if claims["aud"] != audience:
            raise NotSignedIn("An id token of Google's was made for another address.")
        return claims

    def _key(self, token: GuestProtocol) -> RSAKey:
        key_id = token.headers().get("kid")
        found = self.keys.key(key_id) if isinstance(key_id, str) else None
        if found is None:
            raise KeyError("no such key")
        return found


def bearer_of(authorization: str) -> str:
    """The token in the header Authorization, "" if there is none."""
    scheme, _, text = authorization.partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""


def _rules() -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=int(clock.now().timestamp()),
        leeway=LEEWAY_S,
        iss={"essential": True, "values": list(ISSUERS)},
        aud={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
