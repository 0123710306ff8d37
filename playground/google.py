"""Google's part in calling an add-on, for trying and for tests: keys, and the id tokens they sign.

Nothing of it is believed by a product that is not told to: `GOOGLE_CERTS_URL` names the keys.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from backend import clock
from backend.errors import NotSignedIn
from backend.settings import Settings

CERTS = "/playground/google/certs"  # where the playground publishes them
API = "/playground/google"  # and where its Gmail API is
ISSUER = "https://accounts.google.com"
SERVICE_ACCOUNT = "service-1@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"
CLIENT_ID = "playground.apps.googleusercontent.com"
LIFE_S = 3600
GMAIL = "https://gmail.googleapis.com/"  # whom its OAuth tokens are for
REQUEST_S = 60  # so long they hold: for the add-on's answer to one event, no longer


def is_here(settings: Settings) -> bool:
    """Whether this is the Google that the installation's mailboxes are at."""
    return settings.google_issuer == f"{settings.public_url}{API}"


def new_key() -> RSAKey:
    """A signing key with an id of its own."""
    return RSAKey.generate_key(2048, auto_kid=True)


@dataclass(slots=True)
class Google:
    """Mints what Gmail's server sends along; claims given override the usual ones."""

    key: RSAKey = field(default_factory=new_key)

    @classmethod
    def of(cls, folder: Path) -> "Google":
        """The playground's own Google, whose key lies in its folder; made where there is none."""
        path = folder / "google.pem"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            half = path.with_suffix(f".{os.getpid()}")
            half.touch(0o600)
            half.write_bytes(new_key().as_pem(private=True))
            half.replace(path)  # of two that begin at once the later one's key holds
        key = RSAKey.import_key(path.read_bytes())
        return cls(RSAKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint()}))

    @staticmethod
    @lru_cache(maxsize=4)
    def kept(folder: Path) -> "Google":
        """The same, read once by this process."""
        return Google.of(folder)

    def certs(self) -> dict[str, Any]:
        """The public keys as Google publishes them."""
        return {"keys": [{**self.key.as_dict(private=False), "alg": "RS256", "use": "sig"}]}

    def system_token(self, audience: str, **claims: Any) -> str:
        """The proof that Gmail's server calls this address."""
        usual = {"aud": audience, "email": SERVICE_ACCOUNT, "email_verified": True, "sub": "1"}
        return self.sign({**usual, **claims})

    def user_token(self, email: str, **claims: Any) -> str:
        """The proof that this Google account looks at the card."""
        usual = {"aud": CLIENT_ID, "email": email, "email_verified": True, "sub": f"sub of {email}"}
        return self.sign({**usual, "hd": email.rpartition("@")[2], **claims})

    def oauth_token(self, email: str, scopes: Sequence[str]) -> str:
        """What lets the add-on use Gmail's API for this account while it answers one event."""
        return "ya29." + self._for_gmail(email=email, scope=" ".join(scopes))

    def message_token(self, email: str, message_id: str) -> str:
        """What lets it read the one mail that is open."""
        return self._for_gmail(email=email, message=message_id)

    def _for_gmail(self, **claims: str) -> str:
        expires = int(clock.now().timestamp()) + REQUEST_S
        return self.sign({"aud": GMAIL, "exp": expires, **claims})

    def gmail_claims(self, token: str) -> Mapping[str, Any]:
        """What one of the two says. Raises NotSignedIn for one that does not hold here or now."""
        now = int(clock.now().timestamp())
        rules = jwt.JWTClaimsRegistry(now=now, exp={"essential": True}, aud={"value": GMAIL})
        try:
            found = jwt.decode(token.removeprefix("ya29."), self.key, algorithms=["RS256"])
            rules.validate(found.claims)
        except (JoseError, ValueError, TypeError, KeyError):
            raise NotSignedIn("This token does not hold.") from None
        return found.claims

    def sign(self, claims: Mapping[str, Any], **header: Any) -> str:
        """A JWT of Google's with these claims; one that is None is left out."""
        now = int(clock.now().timestamp())
        whole = {"iss": ISSUER, "iat": now, "exp": now + LIFE_S, **claims}
        head = {"alg": "RS256", "kid": self.key.kid, **header}
        return jwt.encode(_given(head), _given(whole), self.key)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
