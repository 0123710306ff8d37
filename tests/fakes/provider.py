"""A provider that speaks OpenID Connect over TLS, as Google (at the root) and Microsoft (/tenant).

It is as strict as the real ones: redirect address, secret, PKCE and codes are checked, codes work
once. A test sets it up wrongly, or lets it answer as an attacker would; the product knows of none.
"""

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey

from backend import clock
from tests.fakes.directory import Answer, Directory, error

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT_ID = "client-of-ours"
SECRET = "a-client-secret-that-is-a-canary"
CODES = {
    "redirect": ("invalid_client", "AADSTS50011: The redirect URI does not match."),
    "secret": ("invalid_client", "AADSTS7000215: Invalid client secret provided."),
    "app": ("unauthorized_client", "AADSTS700016: Application was not found in the directory."),
    "tenant": ("invalid_tenant", "AADSTS90002: Tenant not found."),
    "declined": ("access_denied", "AADSTS65004: User declined to consent to access the app."),
    "admin": ("access_denied", "AADSTS90094: The grant requires admin permission."),
}
Claims = dict[str, Any]


@cache
def _signing_key() -> RSAKey:
    # Made once: it takes longer than most tests, and each has one provider only.
    return RSAKey.generate_key(2048, {"kid": "k1"})


@dataclass
class Person:
    """Who sits in front of the provider's pages."""

    email: str = "alice@ours.test"
    subject: str = "1001"
    tenant: str = TENANT
    domain: str = "ours.test"
    declines: bool = False  # what the consent page asks


@dataclass
class Provider:
    """What is registered there, who is signed in there, and how it answers."""

    url: str = ""
    redirect_uris: set[str] = field(default_factory=set)
    secret: str = SECRET
    person: Person = field(default_factory=Person)
    twist: Callable[[Claims], Claims] = dict
    sign: Callable[[Claims], str] | None = None
    drop_scopes: tuple[str, ...] = ()
    gives_refresh: bool = True
    tenants: set[str] = field(default_factory=lambda: {TENANT})
    lets_users_consent: bool = True  # without an admin
    is_internal: bool = False  # Google's audience: ours.test alone
    refusal: dict[str, str] = field(default_factory=dict)
    api_error: tuple[int, Claims] | None = None
    metadata: Claims = field(default_factory=dict)
    token_answer: str = ""  # "slow" or "cut"
    codes: dict[str, Claims] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)
    directory: Directory = field(default_factory=Directory)
    refreshes: dict[str, dict[str, str]] = field(default_factory=dict)
    lent: dict[str, str] = field(default_factory=dict)  # tokens of another fake's, by address
    held: threading.Event = field(default_factory=threading.Event)
    key: RSAKey = field(default_factory=_signing_key)

    def describe(self, tenant: str) -> Claims:
        """The discovery document."""
        base = f"{self.url}/{tenant}/oauth2/v2.0" if tenant else self.url
        found = {
            "issuer": f"{self.url}/{tenant}/v2.0" if tenant else self.url,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "jwks_uri": f"{self.url}/jwks",
        }
        if not tenant:
            found["revocation_endpoint"] = f"{self.url}/revoke"
        return found | self.metadata

    def authorize(self, asked: dict[str, str], tenant: str) -> tuple[int, str]:
        """Status and address to go on to, or an error page's text."""
        if asked.get("client_id") != CLIENT_ID:
            return 400, "invalid_client"
        if asked.get("redirect_uri") not in self.redirect_uris:
            return 400, "redirect_uri_mismatch"
        back = {"state": asked.get("state", "")}
        if refused := self.refusal or self._declined(tenant):
            back |= refused
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = dict(asked)
            back["code"] = code
        return 302, f"{asked['redirect_uri']}?{urlencode(back)}"

    def _declined(self, tenant: str) -> dict[str, str]:
        """What is said back in place of a code, by what the directory or the person allows."""
        if self.is_internal and self.person.domain != "ours.test":
            return error("org_internal")
        if not self.lets_users_consent:
            return error(*CODES["admin"]) if tenant else error("admin_policy_enforced")
        if self.person.declines:
            return error(*CODES["declined"]) if tenant else error("access_denied")
        return {}

    def consent(self, asked: dict[str, str], tenant: str) -> tuple[int, str]:
        """An admin allows the app what it asks for the whole directory."""
        if asked.get("client_id") != CLIENT_ID or asked["redirect_uri"] not in self.redirect_uris:
            return 400, "invalid_client"
        self.directory.roles.add("Mail.Read")
        back = {"admin_consent": "True", "tenant": tenant, "state": asked["state"]}
        return 302, f"{asked['redirect_uri']}?{urlencode(back)}"

    def exchange(self, form: dict[str, str], tenant: str) -> Answer:
        """A token answer, or the refusal."""
        if "assertion" in form:
            return self._impersonate(form["assertion"])
        if form.get("client_id") != CLIENT_ID:
            return 400, error(*CODES["app"]) if tenant else error("invalid_client", "Not found.")
        if form.get("client_secret") != self.secret:
            return 401, error(*CODES["secret"]) if tenant else error("invalid_client")
        if form.get("grant_type") == "client_credentials":
            return self.directory.app_token()
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form.get("refresh_token", ""), tenant)
        return self._redeem(form, tenant)

    def _redeem(self, form: dict[str, str], tenant: str) -> Answer:
        if form.get("redirect_uri") not in self.redirect_uris:
            return 400, error(*CODES["redirect"]) if tenant else error("redirect_uri_mismatch")
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or _challenge(form.get("code_verifier", "")) != asked["code_challenge"]:
            told = "AADSTS70008: The code is expired or used." if tenant else "Bad Request"
            return 400, error("invalid_grant", told)
        return 200, self._tokens(asked, tenant)

    def _impersonate(self, assertion: str) -> Answer:
        address, refused = self.directory.impersonate(assertion)
        if refused is not None:
            return 401 if refused["error"] == "unauthorized_client" else 400, refused
        return 200, self._access(address)

    def _refresh(self, token: str, tenant: str) -> Answer:
        """Microsoft gives another refresh token and takes the old one no more; Google keeps it."""
        asked = self.refreshes.pop(token, None) if tenant else self.refreshes.get(token)
        if asked is None or token in self.revoked:
            told = "AADSTS700082: The refresh token has expired." if tenant else "Token revoked."
            return 400, error("invalid_grant", told)
        if not tenant:
            return 200, self._access(asked["email"])
        return 200, self._access(asked["email"]) | self._new_refresh(asked)

    def _access(self, address: str) -> Claims:
        access = self.lent.get(address) or f"access-canary-{secrets.token_hex(8)}"
        self.tokens[access] = address
        return {"access_token": access, "token_type": "Bearer", "expires_in": 3600}

    def _new_refresh(self, asked: dict[str, str]) -> Claims:
        token = f"refresh-canary-{secrets.token_hex(8)}"
        self.refreshes[token] = asked
        return {"refresh_token": token}

    def _tokens(self, asked: dict[str, str], tenant: str) -> Claims:
        scopes = [scope for scope in asked["scope"].split() if scope not in self.drop_scopes]
        answer = self._access(self.person.email) | {
            "scope": " ".join(scopes),
            "id_token": self._id_token(asked, tenant),
        }
        if self.gives_refresh:
            answer |= self._new_refresh({"email": self.person.email})
        return answer

    def _id_token(self, asked: dict[str, str], tenant: str) -> str:
        now = int(clock.wall().timestamp())
        who = self.person
        claims = {
            "iss": f"{self.url}/{tenant}/v2.0" if tenant else self.url,
            "aud": CLIENT_ID,
            "sub": who.subject,
            "iat": now,
            "exp": now + 3600,
            "nonce": asked.get("nonce", ""),
        }
        if tenant:
            claims |= {"tid": who.tenant, "oid": who.subject, "preferred_username": who.email}
        else:
            claims |= {"email": who.email, "email_verified": True, "hd": who.domain}
        claims = self.twist(claims)
        return self.sign(claims) if self.sign else jwt.encode(self.header, claims, self.key)

    @property
    def header(self) -> dict[str, str]:
        """The header of a token that it signs."""
        return {"alg": "RS256", "kid": "k1"}

    def api(self, path: str, token: str) -> Answer:
        """What the mail API answers."""
        if self.api_error:
            return self.api_error
        if token in self.directory.app_tokens:
            return self.directory.as_app(path)
        if token not in self.tokens:
            return 401, {"error": {"code": 401, "message": "Invalid Credentials"}}
        if path.startswith("/gmail") and (refused := self.directory.gmail_off()):
            return refused
        if "messages" in path:
            return 200, {"messages": [], "value": []}
        return 200, {"emailAddress": self.tokens[token], "mail": self.tokens[token]}


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
