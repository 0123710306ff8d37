"""A provider that speaks OpenID Connect over TLS, as Google (at the root) and Microsoft (/tenant).

It is as strict as the real ones: redirect address, secret, PKCE and codes are checked, codes work
once. A test sets it up wrongly, or lets it answer as an attacker would; the product knows of none.
"""

import base64
import hashlib
import json
import secrets
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import trustme
from joserfc import jwt
from joserfc.jwk import RSAKey

from backend import clock
from tests.waiting import LOOPBACK

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT_ID = "client-of-ours"
SECRET = "a-client-secret-that-is-a-canary"
CODES = {
    "redirect": ("invalid_client", "AADSTS50011: The redirect URI does not match."),
    "secret": ("invalid_client", "AADSTS7000215: Invalid client secret provided."),
}
Claims = dict[str, Any]


@dataclass
class Person:
    """Who sits in front of the provider's pages."""

    email: str = "alice@ours.test"
    subject: str = "1001"
    tenant: str = TENANT
    domain: str = "ours.test"


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
    refusal: dict[str, str] = field(default_factory=dict)
    api_error: tuple[int, Claims] | None = None
    metadata: Claims = field(default_factory=dict)
    token_answer: str = ""  # "slow" or "cut"
    codes: dict[str, Claims] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1"}))

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

    def authorize(self, asked: dict[str, str]) -> tuple[int, str]:
        """Status and address to go on to, or an error page's text."""
        if asked.get("client_id") != CLIENT_ID:
            return 400, "invalid_client"
        if asked.get("redirect_uri") not in self.redirect_uris:
            return 400, "redirect_uri_mismatch"
        back = {"state": asked.get("state", "")}
        if self.refusal:
            back |= self.refusal
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = dict(asked)
            back["code"] = code
        return 302, f"{asked['redirect_uri']}?{urlencode(back)}"

    def exchange(self, form: dict[str, str], tenant: str) -> tuple[int, Claims]:
        """A token answer, or the refusal."""
        if form.get("client_id") != CLIENT_ID or form.get("client_secret") != self.secret:
            return 401, _error(*CODES["secret"]) if tenant else _error("invalid_client")
        if form.get("redirect_uri") not in self.redirect_uris:
            return 400, _error(*CODES["redirect"]) if tenant else _error("redirect_uri_mismatch")
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or _challenge(form.get("code_verifier", "")) != asked["code_challenge"]:
            told = "AADSTS70008: The code is expired or used." if tenant else "Bad Request"
            return 400, _error("invalid_grant", told)
        return 200, self._tokens(asked, tenant)

    def _tokens(self, asked: dict[str, str], tenant: str) -> Claims:
        scopes = [scope for scope in asked["scope"].split() if scope not in self.drop_scopes]
        access = secrets.token_urlsafe(16)
        self.tokens[access] = self.person.email
        answer = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": " ".join(scopes),
            "id_token": self._id_token(asked, tenant),
        }
        if self.gives_refresh:
            answer["refresh_token"] = f"refresh-canary-{secrets.token_hex(8)}"
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

    def api(self, path: str, token: str) -> tuple[int, Claims]:
        """What the mail API answers."""
        if self.api_error:
            return self.api_error
        if token not in self.tokens:
            return 401, {"error": {"code": 401, "message": "Invalid Credentials"}}
        if "messages" in path:
            return 200, {"messages": [], "value": []}
        return 200, {"emailAddress": self.tokens[token], "mail": self.tokens[token]}


def _error(code: str, description: str = "") -> Claims:
    return {"error": code, "error_description": description}


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def serve(provider: Provider, folder: Path) -> tuple[ThreadingHTTPServer, Path]:
    """Start it; the server, and the certificate of the authority to trust."""
    authority = trustme.CA()
    path = folder / "provider-ca.pem"
    authority.cert_pem.write_to_path(str(path))
    server = ThreadingHTTPServer((LOOPBACK, 0), _handler(provider))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    provider.url = f"https://localhost:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, path


def _handler(served: Provider) -> type["Handler"]:
    return type("ItsHandler", (Handler,), {"provider": served})


class Handler(BaseHTTPRequestHandler):
    """Answers for one self.provider."""

    provider: ClassVar[Provider]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        first = parts.path.strip("/").partition("/")[0]
        tenant = first if len(first) == len(TENANT) else ""
        if parts.path.endswith("openid-configuration"):
            self._json(200, self.provider.describe(tenant))
        elif parts.path == "/jwks":
            self._json(200, {"keys": [self.provider.key.as_dict(private=False)]})
        elif parts.path.endswith("/authorize"):
            self._page(*self.provider.authorize(asked))
        else:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            self._json(*self.provider.api(parts.path, token))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        tenant = self.path.split("/")[1] if self.path.count("/") > 1 else ""
        if self.path == "/revoke":
            self.provider.revoked.append(form["token"])
            self._json(200, {})
        elif self.provider.token_answer == "slow":
            self.provider.held.wait(20)
        elif self.provider.token_answer == "cut":
            self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"access_')
        else:
            self._json(*self.provider.exchange(form, tenant))

    def _json(self, status: int, found: Claims) -> None:
        self._send(status, json.dumps(found), {"Content-Type": "application/json"})

    def _page(self, status: int, text: str) -> None:
        self._send(status, text, {"Location": text} if status == 302 else {})

    def _send(self, status: int, text: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(text.encode()))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""
