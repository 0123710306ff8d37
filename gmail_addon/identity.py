"""Who calls: Gmail's own server (system id token), on behalf of a Google account (user id token).

Source: developers.google.com/workspace/add-ons/guides/alternate-runtimes (2026-04-03): the system
token's audience is the exact address that is called, its e-mail the add-on's service account; the
user token's audience is the add-on's OAuth client. Both are RS256 JWTs of accounts.google.com.
"""

from dataclasses import dataclass

from backend.errors import Forbidden, NotSignedIn
from backend.providers.google_tokens import ISSUERS, IdTokens


@dataclass(frozen=True, slots=True)
class GoogleAccount:
    """A Google account as its id token names it; `subject` never changes, the address may."""

    issuer: str
    subject: str
    email: str


@dataclass(frozen=True, slots=True)
class Verifier:
    """Checks tokens against Google's keys and our own settings."""

    tokens: IdTokens
    service_account: str
    client_id: str

    def check_system(self, token: str, audience: str) -> None:
        """Nothing, if Gmail's server calls exactly this address for our project.

        Raises NotSignedIn for a token that does not hold, Forbidden for another project's.
        """
        if self.tokens.account(token, audience) != self.service_account:
            raise Forbidden("This add-on belongs to another Google Cloud project.")

    def account(self, token: str) -> GoogleAccount:
        """The Google account behind a user id token. Raises NotSignedIn, Forbidden."""
        claims = self.tokens.claims(token, self.client_id)
        subject, email = claims.get("sub"), claims.get("email")
        if not isinstance(subject, str) or not isinstance(email, str) or not subject:
            raise NotSignedIn("The user's id token names nobody.")
        if claims.get("email_verified") is not True:
            raise Forbidden("Google has not verified this account's address.")
        return GoogleAccount(ISSUERS[0], subject, email)
