"""A real installation in a folder of its own: its commands, and its servers on loopback."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import orjson

from backend.settings import Settings
from tests import forked
from tests.processes import ROOT
from tests.waiting import LOOPBACK, free_port, wait_until

SECRET = "a secret of an installation made for one test, 0123456789"
# What a developer's shell may have set must not reach a test's installation.
OURS = frozenset(name.upper() for name in Settings.model_fields)
START_S = 60


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, headers by lower-case name, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.body)


@dataclass(slots=True)
class Installation:
    """Settings and folder of an installation; everything it says is kept in `out` and `err`.

    With `forks` its commands begin in a process that has imported the product (tests.forked).
    """

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lambda: free_port(1))
    forks: bool = False

    @property
    def data_dir(self) -> Path:
        """Where its data lies."""
        return self.folder / "data"

    @property
    def out(self) -> str:
        """What its servers wrote to standard output."""
        return (self.folder / "out").read_text()

    @property
    def err(self) -> str:
        """What its servers wrote to standard error."""
        return (self.folder / "err").read_text()

    @property
    def signin_link(self) -> str:
        """The link that the start printed; it holds once."""
        link = re.search(r"http://\S+/signin/\S+", self.out)
        assert link is not None, "the start printed no link"
        return link[0]

    def environment(self) -> dict[str, str]:
        """The variables of its processes."""
        inherited = {name: value for name, value in os.environ.items() if name not in OURS}
        own = {
            "DATA_DIR": str(self.data_dir),
            "SECRET": SECRET,
            "PORT": str(self.port),
            "EDGE_PORT": str(self.port + 1),
            "PLAYGROUND": "false",
            "PYTHONPATH": str(ROOT),
        }
        return inherited | own | self.variables

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m backend arguments…` in the folder, to its end."""
        if self.forks:
            return forked.run(arguments, self.folder, self.environment(), START_S)
        return subprocess.run(
            [sys.executable, "-m", "backend", *arguments],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=START_S,
        )

    def told(self, *arguments: str) -> str:
        """What a command that must succeed printed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def token(self, email: str, scope: str = "api") -> str:
        """A new API token of that user."""
        return self.told("issue-token", email, "--scope", scope).split()[-1]

    @contextmanager
    def serving(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """`serve arguments…` until the end of the block, from its banner on."""
        with (self.folder / "out").open("ab") as out, (self.folder / "err").open("ab") as err:
            told = len(self.out)  # by an earlier one
            process = subprocess.Popen(
                [sys.executable, "-m", "backend", "serve", *arguments],
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
        try:
            wait_until(
                lambda: process.poll() is not None or "Data" in self.out[told:], START_S, "serve"
            )
            assert process.poll() is None, self.err
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 30,
    ) -> Reply:
        """One request to the app on a connection of its own."""
        connection = HTTPConnection(LOOPBACK, self.port, timeout=timeout_s)
        try:
            connection.request(method, path, body, dict(headers or {}))
            with connection.getresponse() as answer:
                # Of several of one name (cookies) the first.
                found = {name.lower(): value for name, value in reversed(answer.getheaders())}
                return Reply(answer.status, found, answer.read())
        finally:
            connection.close()

    def is_ready(self) -> bool:
        """Whether the app and its database answer."""
        try:
            return self.ask("GET", "/readyz", timeout_s=2).status == 200
        except (OSError, HTTPException):
            return False
