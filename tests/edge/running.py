"""A real edge on a loopback port, and requests to it byte for byte."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPResponse
from pathlib import Path

from backend import clock
from backend.tracking.facts import Kind, RawHit
from backend.tracking.hitlog_drained import FileSource
from backend.tracking.tokens import TokenKeys
from tests.processes import ROOT
from tests.waiting import LOOPBACK, free_port, wait_until

SECRET = "a-secret-for-the-tests-of-the-edge-0123456789"
KEYS = TokenKeys(SECRET)


def token(kind: Kind) -> str:
    """A new token of ours."""
    return KEYS.make(kind, clock.now())


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: headers by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes


def receive(connection: socket.socket, method: str = "GET") -> Reply:
    """Read one response."""
    response = HTTPResponse(connection, method=method)
    try:
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, headers, response.read())
    finally:
        response.close()


@dataclass(slots=True)
class Edge:
    """A running edge: its process, its port, its data and what it wrote to stderr."""

    data_dir: Path
    port: int = field(default_factory=free_port)
    variables: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None

    @property
    def log(self) -> str:
        """What it said."""
        return (self.data_dir / "edge.log").read_text()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.spawn()
        wait_until(self.is_up, 30, f"the edge on port {self.port}")

    def spawn(self) -> None:
        """Start it without waiting."""
        with (self.data_dir / "edge.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "backend.serve.servers", "edge"],
                cwd=ROOT,
                env=os.environ | self._settings() | self.variables,
                stderr=log,
                text=True,
            )

    def pid(self) -> int:
        """Its process id."""
        assert self.process
        return self.process.pid

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        assert self.process
        return self.process.wait(60)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send that signal; its exit code."""
        os.kill(self.pid(), how)
        return self.wait()

    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            return self.get("/healthz").status == 200
        except OSError:
            return False

    def connect(self) -> socket.socket:
        """A new connection."""
        return socket.create_connection((LOOPBACK, self.port), timeout=30)

    def send(self, request: bytes, method: str = "GET") -> Reply:
        """Send these bytes on a new connection; the response."""
        with self.connect() as connection:
            connection.sendall(request)
            return receive(connection, method)

    def ask(self, method: str, path: str, headers: str = "", body: bytes = b"") -> Reply:
        """A request with these header lines."""
        lines = [f"{method} {path} HTTP/1.1", "Host: track.test", "Connection: close"]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([*lines, *headers.splitlines()]) + "\r\n\r\n"
        return self.send(head.encode() + body, method)

    def get(self, path: str, headers: str = "") -> Reply:
        """A GET."""
        return self.ask("GET", path, headers)

    def hits(self) -> list[RawHit]:
        """Every hit in the log."""
        return hits_in(self.data_dir)

    def figure(self, name: str) -> float:
        """One of its metrics."""
        match = re.search(
            rf"^telltale_edge_{name} (\S+)$", self.get("/metrics").body.decode(), re.MULTILINE
        )
        assert match, name
        return float(match[1])

    def _settings(self) -> dict[str, str]:
        return {
            "SECRET": SECRET,
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port - 1 or 1),
            "EDGE_PORT": str(self.port),
            "TRACKING_URL": "https://track.example.test",
            "PUBLIC_URL": "https://telltale.example.test",
            "HIT_LOG_URL": "",
        }


def hits_in(data_dir: Path) -> list[RawHit]:
    """Every hit in the log of that folder."""
    source = FileSource(data_dir / "hits.db")
    try:
        return list(source.read(1_000_000).hits)
    finally:
        source.close()


@contextmanager
def running_edge(data_dir: Path, **variables: str) -> Iterator[Edge]:
    """An edge that is stopped at the end, whatever happened to it."""
    edge = Edge(data_dir, variables=variables)
    try:
        edge.start()
        yield edge
    finally:
        if edge.process and edge.process.poll() is None:
            edge.stop()
