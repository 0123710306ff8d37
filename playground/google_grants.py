"""What users have granted the product at the playground's Google: codes and tokens that say so.

Each is signed by that Google's key and carries what it is for, so that nothing is kept but which
codes are used up and which grants were withdrawn.
Source: developers.google.com/identity/protocols/oauth2/web-server (2026); RFC 7636 (PKCE).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import request
from joserfc import jwt
from joserfc.errors import JoseError

from backend import clock
from backend.errors import Forbidden, Invalid, NotSignedIn
from backend.settings import Settings
from backend.web.doors import the_settings
from playground.google import API, CLIENT_ID, GMAIL, LIFE_S, Google

CODE_S = 60
_CODE, _REFRESH = "playground code", "playground refresh token"


class GrantRefused(Invalid):
    """What Google's token endpoint says no with: its own word, `invalid_grant` mostly."""

    slug = "invalid_grant"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asks a user for, and what binds the answer to it."""

    scope: str
    redirect_uri: str
    nonce: str
    challenge: str


@dataclass(frozen=True, slots=True)
class GoogleGrants:
    """The grants of one playground."""

    google: Google
    folder: Path
    issuer: str

    @classmethod
    def of(cls, settings: Settings) -> "GoogleGrants":
        """Those of this installation."""
        folder = settings.data_dir / "playground"
        return cls(Google.kept(folder), folder / "google-ended", f"{settings.public_url}{API}")

    @property
    def client_secret(self) -> str:
        """What the product proves itself with; of the key, so that it never leaves the machine."""
        key = self.google.key.as_pem(private=True)
        return f"GOCSPX-{hmac.new(key, b'client secret', hashlib.sha256).hexdigest()[:28]}"

    def require_client(self, client_id: str, secret: str) -> None:
        """Nothing, if this is the product. Raises NotSignedIn."""
        is_known = hmac.compare_digest(secret.encode(), self.client_secret.encode())
        if client_id != CLIENT_ID or not is_known:
            raise NotSignedIn("The OAuth client was not found.")

    def code(self, email: str, wish: Wish) -> str:
        """The code for what this account has granted."""
        return self._signed(
            _CODE,
            CODE_S,
            email=email,
            scope=wish.scope,
            redirect_uri=wish.redirect_uri,
            nonce=wish.nonce,
            challenge=wish.challenge,
            id=clock.new_id(),
        )

    def redeem(self, code: str, redirect_uri: str, verifier: str) -> dict[str, Any]:
        """The tokens for a code, once. Raises GrantRefused."""
        claims = self._claims(code, _CODE)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        is_same = challenge.decode().rstrip("=") == claims["challenge"]
        if not is_same or redirect_uri != claims["redirect_uri"] or not self._end(claims["id"]):
            raise GrantRefused("Bad Request")
        email, grant_id = claims["email"], clock.new_id()
        refresh = self._signed(_REFRESH, None, email=email, scope=claims["scope"], id=grant_id)
        return {
            **self._access(email, claims["scope"], grant_id),
            "refresh_token": refresh,
            "id_token": self._id_token(email, claims["nonce"]),
        }

    def renew(self, refresh_token: str) -> dict[str, Any]:
        """A new access token, while the grant holds. Raises GrantRefused."""
        claims = self._claims(refresh_token, _REFRESH)
        if self._is_ended(claims["id"]):
            raise GrantRefused("Token has been expired or revoked.")
        return self._access(claims["email"], claims["scope"], claims["id"])

    def revoke(self, token: str) -> None:
        """Withdraw the grant of a refresh token. Raises GrantRefused."""
        self._end(self._claims(token, _REFRESH)["id"])

    def account(self, access_token: str, scope: str) -> str:
        """Whose token this is, if it was granted that. Raises NotSignedIn, Forbidden."""
        claims = self.google.gmail_claims(access_token)
        if "grant" in claims and self._is_ended(str(claims["grant"])):
            raise NotSignedIn("This grant was withdrawn.")
        if scope not in str(claims.get("scope", "")).split():
            raise Forbidden("The user has not granted this.")
        return str(claims.get("email"))

    def _access(self, email: str, scope: str, grant_id: str) -> dict[str, Any]:
        token = self._signed(GMAIL, LIFE_S, email=email, scope=scope, grant=grant_id)
        told = {"access_token": f"ya29.{token}", "expires_in": LIFE_S, "scope": scope}
        return {**told, "token_type": "Bearer"}

    def _id_token(self, email: str, nonce: str) -> str:
        # By the wall, as a browser's flow is timed; tokens for calls follow the moved clock.
        now = int(clock.wall().timestamp())
        times = {"iss": self.issuer, "iat": now, "exp": now + LIFE_S, "nonce": nonce}
        return self.google.user_token(email, **times)

    def _signed(self, purpose: str, life_s: int | None, **claims: str) -> str:
        now = int(clock.now().timestamp())
        expires = {"exp": now + life_s} if life_s else {"exp": None}
        return self.google.sign({"aud": purpose, **expires, **claims})

    def _claims(self, token: str, purpose: str) -> Mapping[str, str]:
        now = int(clock.now().timestamp())
        rules = jwt.JWTClaimsRegistry(now=now, aud={"essential": True, "value": purpose})
        try:
            claims: dict[str, str] = jwt.decode(token, self.google.key, algorithms=["RS256"]).claims
            rules.validate(claims)
        except (JoseError, ValueError, TypeError, KeyError):
            raise GrantRefused("Malformed auth code or token.") from None
        return claims

    def _end(self, name: str) -> bool:
        """Note that this code or grant is over; False if it was already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            (self.folder / name).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def _is_ended(self, name: str) -> bool:
        return (self.folder / name).exists()


def account(scope: str) -> str:
    """The account whose token the present request carries. Raises NotSignedIn, Forbidden."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return GoogleGrants.of(the_settings()).account(token, scope)
