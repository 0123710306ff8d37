"""Who calls: Gmail's own server (system id token), on behalf of a Google account (user id token).

Source: developers.google.com/workspace/add-ons/guides/alternate-runtimes (2026-04-03): the system
token's audience is the exact address that is called, its e-mail the add-on's service account; the
user token's audience is the add-on's OAuth client. Both are RS256 JWTs of accounts.google.com.
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
class GoogleAccount:
    """A Google account as its id token names it; `subject` never changes, the address may."""

    issuer: str
    subject: str
    email: str


@dataclass(frozen=True, slots=True)
class Verifier:
    """Checks tokens against Google's keys and our own settings."""

    keys: SigningKeys
    service_account: str
    client_id: str

    def check_system(self, token: str, audience: str) -> None:
        """Nothing, if Gmail's server calls exactly this address for our project.

        Raises NotSignedIn for a token that does not hold, Forbidden for another project's.
        """
        claims = self._claims(token, audience)
        if claims.get("email") != self.service_account or claims.get("email_verified") is not True:
            raise Forbidden("This add-on belongs to another Google Cloud project.")

    def account(self, token: str) -> GoogleAccount:
        """The Google account behind a user id token. Raises NotSignedIn, Forbidden."""
        claims = self._claims(token, self.client_id)
        subject, email = claims.get("sub"), claims.get("email")
        if not isinstance(subject, str) or not isinstance(email, str) or not subject:
            raise NotSignedIn("The user's id token names nobody.")
        if claims.get("email_verified") is not True:
            raise Forbidden("Google has not verified this account's address.")
        return GoogleAccount(ISSUERS[0], subject, email)

    def _claims(self, token: str, audience: str) -> Mapping[str, Any]:
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


def _rules() -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=int(clock.now().timestamp()),
        leeway=LEEWAY_S,
        iss={"essential": True, "values": list(ISSUERS)},
        aud={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
