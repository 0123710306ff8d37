"""Google and Microsoft as npm's `emulate` has them: a process that nobody of us wrote.

It answers an unknown token as its first user, so a decoy stands there. Microsoft is behind TLS, as
msal asks; its only tenant is emulate's own.
"""

import os
import re
import signal
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import requests
import trustme

from tests.processes import ROOT, spawn
from tests.waiting import LOOPBACK, free_port, is_answering, wait_until

TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"
CLIENT_ID, SECRET = "client-of-ours", "a-client-secret-that-is-a-canary"
NODE = str(ROOT / ".venv" / "bin" / "node")
SEED = """
{service}:
  baseUrl: {url}
  users:
    - {{email: decoy@else.test, name: Decoy}}
    - {{email: alice@ours.test, name: Alice, hd: ours.test}}
  oauth_clients:
    - client_id: {client}
      client_secret: {secret}
      name: Telltale
      redirect_uris: ["{redirect_uri}"]
"""


@dataclass(frozen=True, slots=True)
class Emulated:
    """Where a provider is, and the authority to trust there."""

    url: str
    authority: Path | None = None

    def consent(self, address: str, who: str = "alice@ours.test") -> str:
        """Choose that account on the provider's page; where the browser is sent back to."""
        page = requests.get(address, verify=self._verify, timeout=30)
        for form in re.findall(r"<form.*?</form>", page.text, re.DOTALL):
            found = re.findall(r'name="([^"]+)" value="([^"]*)"', form)
            fields = {name: unescape(value) for name, value in found}
            if fields.get("email") == who:
                where = re.search(r'action="([^"]+)"', form)
                assert where is not None
                return self._post(urljoin(address, where[1]), fields)
        raise AssertionError(f"{who} is not offered: {page.status_code}")

    def status(self, address: str) -> int:
        """How the provider answers who comes with that address."""
        return requests.get(address, verify=self._verify, timeout=30).status_code

    def _post(self, address: str, fields: dict[str, str]) -> str:
        answer = requests.post(
            address, fields, verify=self._verify, timeout=30, allow_redirects=False
        )
        return str(answer.headers["Location"])

    @property
    def _verify(self) -> str | bool:
        return str(self.authority) if self.authority else True


@contextmanager
def google(folder: Path, redirect_uri: str) -> Iterator[Emulated]:
    """Google, with a client that has this redirect address."""
    port = free_port()
    url = f"http://localhost:{port}"
    with _running("google", folder, port, url, redirect_uri):
        yield Emulated(url)


@contextmanager
def microsoft(folder: Path, redirect_uri: str) -> Iterator[Emulated]:
    """Microsoft, over TLS."""
    port = free_port()
    with (
        over_tls(folder, port) as (url, authority),
        _running("microsoft", folder, port, url, redirect_uri),
    ):
        yield Emulated(url, authority)


@contextmanager
def _running(service: str, folder: Path, port: int, url: str, back: str) -> Iterator[None]:
    seed = folder / f"{service}.yaml"
    seed.write_text(
        SEED.format(service=service, url=url, client=CLIENT_ID, secret=SECRET, redirect_uri=back)
    )
    program = str(ROOT / "node_modules" / "emulate" / "dist" / "index.js")
    command = [NODE, program, "start", "--service", service]
    pid = spawn([*command, "--seed", str(seed), "--port", str(port)], folder / f"{service}.log")
    try:
        wait_until(lambda: is_answering(port), 30, service)
        yield
    finally:
        os.kill(pid, signal.SIGTERM)


@contextmanager
def over_tls(folder: Path, behind: int) -> Iterator[tuple[str, Path]]:
    """TLS in front of a port: its address, and the authority to trust."""
    ca, path = trustme.CA(), folder / "tls-ca.pem"
    ca.cert_pem.write_to_path(str(path))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("localhost").configure_cert(context)

    class Pipe(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                context.wrap_socket(self.request, server_side=True) as outer,
                socket.create_connection((LOOPBACK, behind), 10) as inner,
            ):
                outer.settimeout(30)
                back = threading.Thread(target=_pour, args=(inner, outer), daemon=True)
                back.start()
                _pour(outer, inner)
                back.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server((LOOPBACK, 0), Pipe) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://localhost:{server.server_address[1]}", path
        server.shutdown()


def _pour(source: socket.socket, target: socket.socket) -> None:
    """Everything from one side to the other, until either ends."""
    try:
        while chunk := source.recv(65536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
