"""A whole installation as `make run` starts it, with ports and data of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.processes import ROOT, spawn
from tests.waiting import free_port, is_answering, wait_until

START_S = 40  # on a busy machine; idle it is about two


@dataclass(slots=True)
class Installation:
    """`serve --demo` in a data folder; can be killed and started again."""

    folder: Path
    port: int
    smtp_port: int
    database_url: str = ""
    pid: int = 0

    @property
    def url(self) -> str:
        """The app's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def edge_port(self) -> int:
        """The edge's port."""
        return self.port + 1

    @property
    def log(self) -> str:
        """Everything it has printed."""
        return (self.folder / "log.txt").read_text()

    @property
    def environment(self) -> dict[str, str]:
        """Its settings."""
        return {
            "DATA_DIR": str(self.folder / "data"),
            "PORT": str(self.port),
            "SMTP_PORT": str(self.smtp_port),
            "DATABASE_URL": self.database_url,
        }

    def start(self) -> None:
        """Start it and wait until app and edge answer."""
        command = [sys.executable, "-m", "backend", "serve", "--demo"]
        self.pid = spawn(command, self.folder / "log.txt", **self.environment)
        for port in (self.port, self.edge_port):
            wait_until(lambda port=port: is_answering(port), START_S, f"port {port}")

    def stop(self) -> None:
        """Ask it to stop and wait for its end."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the supervisor by SIGKILL and wait until its children are gone with it."""
        self._end(signal.SIGKILL)

    def children(self, word: str) -> list[psutil.Process]:
        """The running processes of it whose command line has that word."""
        everyone = psutil.Process(self.pid).children(recursive=True)
        return [one for one in everyone if word in " ".join(one.cmdline())]

    def command(self, *arguments: str) -> str:
        """What a command in the same folder prints."""
        ran = subprocess.run(
            [sys.executable, "-m", "backend", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return ran.stdout

    def token(self, email: str = "rep@demo.telltale.test", scope: str = "api") -> str:
        """A new token of that user."""
        return self.command("issue-token", email, "--scope", scope).split()[-1]

    def signin_link(self) -> str:
        """The link that the start printed last."""
        return re.findall(r"Sign in\s+(\S+)", self.log)[-1]

    def call(self, method: str, path: str, token: str, body: Any = None) -> Any:
        """The JSON that an API call answers."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def _end(self, how: signal.Signals) -> None:
        main = psutil.Process(self.pid)
        everyone = [main, *main.children(recursive=True)]
        main.send_signal(how)
        _, alive = psutil.wait_procs(everyone, timeout=20)
        for one in alive:
            one.kill()
        assert not alive, f"still there after {how.name}: {alive}"


@contextmanager
def installation(folder: Path, database_url: str = "") -> Iterator[Installation]:
    """A running installation, stopped at the end whatever happened to it."""
    made = Installation(folder, free_port(1), free_port(), database_url)
    made.start()
    try:
        yield made
    finally:
        if psutil.pid_exists(made.pid):
            made.stop()
