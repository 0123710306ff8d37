"""The provider's door: its pages, tokens and mail API over TLS, on a port of its own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import trustme

from tests.fakes.directory import error
from tests.fakes.listening import Quiet, certified, listening
from tests.fakes.provider import CODES, TENANT, Claims, Provider


@contextmanager
def serving(provider: Provider, folder: Path) -> Iterator[Path]:
    """The certificate of the authority to trust, while the provider listens at its `url`."""
    authority = trustme.CA()
    path = folder / "provider-ca.pem"
    authority.cert_pem.write_to_path(str(path))
    handler = type("ItsHandler", (Handler,), {"provider": provider})
    with listening(handler, certified(authority, "localhost")) as port:
        provider.url = f"https://localhost:{port}"
        yield path
    provider.held.set()


class Handler(Quiet):
    """Answers for one provider."""

    provider: ClassVar[Provider]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        first = parts.path.strip("/").partition("/")[0]
        tenant = first if len(first) == len(TENANT) else ""
        if tenant and tenant not in self.provider.tenants:
            self._json(400, error(*CODES["tenant"]))
        elif parts.path.endswith("openid-configuration"):
            self._json(200, self.provider.describe(tenant))
        elif parts.path == "/jwks":
            self._json(200, {"keys": [self.provider.key.as_dict(private=False)]})
        elif parts.path.endswith("/authorize"):
            self._page(*self.provider.authorize(asked, tenant))
        elif parts.path.endswith("/v2.0/adminconsent"):
            self._page(*self.provider.consent(asked, tenant))
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
        self.send(status, json.dumps(found).encode(), {"Content-Type": "application/json"})

    def _page(self, status: int, text: str) -> None:
        self.send(status, text.encode(), {"Location": text} if status == 302 else {})
