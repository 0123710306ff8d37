"""What an organisation has set up at its provider: its people, and what machines may do there.

A test sets it up as an admin would, rightly or wrongly; the refusals follow from that. Their
texts are the providers' own. Sources: developers.google.com "OAuth 2.0 for Server to Server
Applications" (error codes), learn.microsoft.com "RBAC for Applications" and "Throttling limits".
"""

import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from backend import clock

Answer = tuple[int, dict[str, Any]]
GMAIL = "https://www.googleapis.com/auth/gmail.readonly"
CALENDAR = "https://www.googleapis.com/auth/calendar.events.readonly"
GOOGLES_AUDIENCE = "https://oauth2.googleapis.com/token"
DENIED = "Access is denied. Check credentials and try again."
BLOCKED = "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy."


@dataclass
class Directory:
    """An organisation's side of the provider."""

    people: set[str] = field(default_factory=lambda: {"alice@ours.test", "bob@ours.test"})
    apis: set[str] = field(default_factory=lambda: {"gmail"})
    # Service accounts: key id to key and client id; client id to the scopes of its delegation.
    keys: dict[str, RSAKey] = field(default_factory=dict)
    clients: dict[str, str] = field(default_factory=dict)
    delegations: dict[str, set[str]] = field(default_factory=dict)
    # Microsoft's application: whether the tenant knows it, what was consented to, and which
    # mailboxes Exchange's role assignment holds; the older access policy, if there is one.
    has_app: bool = True
    roles: set[str] = field(default_factory=set)
    assigned: set[str] = field(default_factory=set)
    policy: set[str] | None = None
    calls_left: int = 1000
    ahead: timedelta = timedelta()  # of our clock
    lent: str = ""  # a token of another fake's, which the application gets
    app_tokens: set[str] = field(default_factory=set)

    def new_key(self, client_id: str = "100000000000000000001") -> str:
        """Make a service account's key; the file that Google offers for download."""
        key = RSAKey.generate_key(2048)
        key_id = secrets.token_hex(8)
        self.keys[key_id], self.clients[key_id] = key, client_id
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "ours",
                "private_key_id": key_id,
                "private_key": key.as_pem(private=True).decode(),
                "client_email": "telltale@ours.iam.gserviceaccount.com",
                "client_id": client_id,
                "token_uri": "https://evil.test/token",
            }
        )

    def delegate(self, client_id: str = "100000000000000000001", *scopes: str) -> None:
        """Enter a client under domain-wide delegation."""
        self.delegations[client_id] = {*(scopes or (GMAIL, CALENDAR))}

    def impersonate(self, assertion: str) -> tuple[str, dict[str, Any] | None]:
        """Whose mailbox a service account's assertion opens, or how Google refuses it."""
        key_id = jwt_header(assertion).get("kid", "")
        key = self.keys.get(key_id)
        if key is None:
            return "", error("invalid_grant", "Invalid JWT Signature.")
        try:
            claims = jwt.decode(assertion, key, algorithms=["RS256"]).claims
        except JoseError:
            return "", error("invalid_grant", "Invalid JWT Signature.")
        now = (clock.wall() + self.ahead).timestamp()
        if claims["aud"] != GOOGLES_AUDIENCE or not claims["iat"] - 60 < now < claims["exp"]:
            return "", error("invalid_grant", "Invalid JWT: Token must be a short-lived token ...")
        if "sub" not in claims:  # the service account itself: its roles are looked at later
            return str(claims["iss"]), None
        return self._delegated(claims, key_id)

    def _delegated(self, claims: dict[str, Any], key_id: str) -> tuple[str, dict[str, Any] | None]:
        allowed = self.delegations.get(self.clients[key_id], set())
        if not set(claims["scope"].split()) <= allowed:
            return "", error(
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens using this method, or client"
                " not authorized for any of the scopes requested.",
            )
        if claims["sub"] not in self.people:
            return "", error("invalid_grant", "Invalid email or User ID")
        return str(claims["sub"]), None

    def app_token(self) -> Answer:
        """An application's own token, which says nothing yet of what it opens."""
        if not self.has_app:
            return 401, error(
                "invalid_client",
                "AADSTS7000229: The client application is missing service principal in the tenant.",
            )
        token = self.lent or f"app-canary-{secrets.token_hex(8)}"
        self.app_tokens.add(token)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 3599}

    def as_app(self, path: str) -> Answer:
        """What Graph answers an application about /v1.0/users/<address>/..."""
        if (refused := self.busy()) is not None:
            return refused
        parts = path.split("?")[0].strip("/").split("/")
        if parts[1] != "users" or len(parts) < 4:  # a profile is not mail
            return 403, graph_error("Authorization_RequestDenied", "Insufficient privileges.")
        address = parts[2]
        if self.policy is not None and address not in self.policy:
            return 403, graph_error("ErrorAccessDenied", BLOCKED)
        if "Mail.Read" not in self.roles and address not in self.assigned:
            return 403, graph_error("ErrorAccessDenied", DENIED)
        if address not in self.people:
            return 404, graph_error("ErrorInvalidUser", "The requested user is invalid.")
        return 200, {"value": []}

    def busy(self) -> Answer | None:
        """The refusal of a call too many."""
        self.calls_left -= 1
        if self.calls_left >= 0:
            return None
        return 429, graph_error("ApplicationThrottled", "Application is over its limits.")

    def gmail_off(self) -> Answer | None:
        """The refusal of a project in which the API is switched off."""
        if "gmail" in self.apis:
            return None
        return 403, {
            "error": {
                "code": 403,
                "message": "Gmail API has not been used in project 1 before or it is disabled.",
                "errors": [{"reason": "accessNotConfigured", "domain": "usageLimits"}],
                "status": "PERMISSION_DENIED",
            }
        }


def jwt_header(assertion: str) -> dict[str, Any]:
    """The header of a token, unchecked."""
    try:
        return dict(jws.extract_compact(assertion.encode()).protected)
    except (JoseError, ValueError):
        return {}


def error(code: str, description: str = "") -> dict[str, Any]:
    """A token endpoint's refusal."""
    return {"error": code, "error_description": description}


def graph_error(code: str, message: str) -> dict[str, Any]:
    """Graph's refusal."""
    return {"error": {"code": code, "message": message}}
