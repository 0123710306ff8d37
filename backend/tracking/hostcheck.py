"""Whether a tracking host can be reached as readers reach it: name, certificate, and that it is us.

One step after the other; the first that fails says what was found and what was expected.
"""

import http.client
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

TIMEOUT_S = 5.0
MARK = b"Telltale"  # stands on the edge's own page
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


def resolve(host: str) -> list[str]:
    """The addresses of a name, as this machine sees them; none if there is no such name."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return sorted({str(entry[4][0]) for entry in found})


def check(url: str, ask: Resolve = resolve, trust: ssl.SSLContext | None = None) -> list[Finding]:
    """The steps as far as they went; all four are good when a reader gets through."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    addresses = ask(host)
    findings = [Finding(Step.NAME, bool(addresses), ", ".join(addresses))]
    if not addresses:
        return findings
    try:
        plain = socket.create_connection((addresses[0], port), TIMEOUT_S)
    except OSError as error:
        return [*findings, Finding(Step.CONNECTION, False, f"{addresses[0]}:{port}: {_why(error)}")]
    findings.append(Finding(Step.CONNECTION, True, f"{addresses[0]}:{port}"))
    with plain:
        if parts.scheme != "https":
            findings.append(Finding(Step.CERTIFICATE, False, "http"))
            return [*findings, _answer(plain, parts.netloc)]
        try:
            secure = (trust or ssl.create_default_context()).wrap_socket(
                plain, server_hostname=host
            )
        except (OSError, ssl.CertificateError) as error:
            return [*findings, Finding(Step.CERTIFICATE, False, _why(error))]
        with secure:
            findings.append(Finding(Step.CERTIFICATE, True, _expiry(secure)))
            return [*findings, _answer(secure, parts.netloc)]


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
