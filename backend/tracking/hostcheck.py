"""Whether a tracking host can be reached as readers reach it: name, certificate, and that it is us.

One step after the other; the first that fails says what was found and what was expected.
"""

import http.client
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

TIMEOUT_S = 5.0
MARK = b'content="Telltale"'  # stands on the edge's own page
PLAIN = "http"  # found in place of a certificate
_READ = 20_000

Resolve = Callable[[str], list[str]]


class Step(StrEnum):
    """What is looked at, in this order."""

    NAME = "name"
    CONNECTION = "connection"
    CERTIFICATE = "certificate"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Finding:
    """One step: whether it is well, and what was found."""

    step: Step
    is_good: bool
    found: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """One request: the steps on the way, and the answer; a status of 0 where there was none."""

    findings: tuple[Finding, ...]
    status: int = 0
    location: str = ""


def resolve(host: str) -> list[str]:
    """The addresses of a name, as this machine sees them; none if there is no such name."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError):  # what cannot be a name at all is a UnicodeError
        return []
    return sorted({str(entry[4][0]) for entry in found})


def check(url: str, ask: Resolve = resolve, trust: ssl.SSLContext | None = None) -> list[Finding]:
    """The steps as far as they went; all four are good when a reader gets through."""
    findings, connection = _connect(url, ask, trust)
    if connection is None:
        return findings
    with connection:
        return [*findings, _answer(connection, urlsplit(url).netloc)]


def fetch(
    url: str,
    headers: Mapping[str, str],
    ask: Resolve = resolve,
    trust: ssl.SSLContext | None = None,
) -> Fetched:
    """What a reader's program is answered, with the steps on the way there."""
    parts = urlsplit(url)
    findings, connection = _connect(url, ask, trust)
    if connection is None:
        return Fetched(tuple(findings))
    with connection:
        client = http.client.HTTPConnection(parts.netloc)
        client.sock = connection
        try:
            client.request("GET", parts.path, headers={"Host": parts.netloc, **headers})
            answer = client.getresponse()
            return Fetched(tuple(findings), answer.status, answer.getheader("Location") or "")
        except (OSError, http.client.HTTPException) as error:
            return Fetched((*findings, Finding(Step.ANSWER, False, _why(error))))


def _connect(
    url: str, ask: Resolve, trust: ssl.SSLContext | None
) -> tuple[list[Finding], socket.socket | None]:
    """The steps up to a connection on which one may ask, or None where it did not come to that."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    addresses = ask(host)
    findings = [Finding(Step.NAME, bool(addresses), ", ".join(addresses))]
    if not addresses:
        return findings, None
    try:
        plain = socket.create_connection((addresses[0], port), TIMEOUT_S)
    except OSError as error:
        found = f"{addresses[0]}:{port}: {_why(error)}"
        return [*findings, Finding(Step.CONNECTION, False, found)], None
    findings.append(Finding(Step.CONNECTION, True, f"{addresses[0]}:{port}"))
    if parts.scheme != "https":
        return [*findings, Finding(Step.CERTIFICATE, False, PLAIN)], plain
    try:
        context = trust or ssl.create_default_context()
        secure = context.wrap_socket(plain, server_hostname=host)
    except (OSError, ssl.CertificateError) as error:
        plain.close()
        return [*findings, Finding(Step.CERTIFICATE, False, _why(error))], None
    return [*findings, Finding(Step.CERTIFICATE, True, _expiry(secure))], secure


def _answer(connection: socket.socket, host: str) -> Finding:
    client = http.client.HTTPConnection(host)
    client.sock = connection
    try:
        client.request("GET", "/", headers={"Host": host})
        answer = client.getresponse()
        is_us = answer.status == 200 and MARK in answer.read(_READ)
        return Finding(Step.ANSWER, is_us, f"HTTP {answer.status}")
    except (OSError, http.client.HTTPException) as error:
        return Finding(Step.ANSWER, False, _why(error))


def _expiry(secure: ssl.SSLSocket) -> str:
    return str((secure.getpeercert() or {}).get("notAfter", ""))


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return getattr(error, "strerror", None) or type(error).__name__
