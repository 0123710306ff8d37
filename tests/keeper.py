"""Keeps a server up exactly as long as a test process uses it, also when that one is killed.

    test process                          keeper (python -m tests.keeper KIND FOLDER)
    locks FOLDER/users shared,
    writes FOLDER/port             ...    starts the server, writes FOLDER/ready
    ends or is killed, so that     -->    gets FOLDER/users for itself, stops the server,
    the system drops the lock             removes FOLDER

Several test processes (pytest-xdist's workers) may hold the same folder.
"""

import fcntl
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.processes import spawn
from tests.waiting import free_port, wait_until

START_S = 60.0  # a loaded machine may take long over initdb


@dataclass(frozen=True, slots=True)
class Hold:
    """A share in a server; what the server told of itself is in `ready`."""

    folder: Path
    users: IO[str]
    ready: dict[str, Any]

    def release(self) -> None:
        """Give the share up; the last one out has the keeper stop the server."""
        self.users.close()

    def end(self) -> None:
        """Give the only share up and wait until the server is gone."""
        self.release()
        wait_until(lambda: not self.folder.exists(), 30, f"the end of {self.folder}")


def join(kind: str, name: str) -> Hold:
    """A share in the server of that kind and name, started if nobody has yet.

    Raises RuntimeError with the server's own words if it does not start.
    """
    folder = folder_of(kind, name)
    users = _shared_lock(folder)
    with (folder / "starting").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (folder / "keeper.log").exists():
            _start_keeper(kind, folder)
    wait_until(lambda: _said(folder), START_S, f"the start of {kind} in {folder}")
    if (folder / "failed").exists():
        why = (folder / "failed").read_text()  # gone soon after the last user is
        users.close()
        raise RuntimeError(f"{kind} did not start: {why}")
    return Hold(folder, users, json.loads((folder / "ready").read_text()))


def folder_of(kind: str, name: str) -> Path:
    """Where that server lives: a short path, for a Unix socket's sake."""
    return Path(tempfile.gettempdir()) / f"telltale-{kind}-{name}"


def _shared_lock(folder: Path) -> IO[str]:
    """Lock FOLDER/users shared; a keeper on its way out may remove the file under our hands."""
    while True:
        folder.mkdir(mode=0o755, exist_ok=True)
        try:
            users = (folder / "users").open("a")
        except FileNotFoundError:  # the folder went after that
            continue
        fcntl.flock(users, fcntl.LOCK_SH)
        if (folder / "users").exists() and os.path.samestat(
            os.fstat(users.fileno()), (folder / "users").stat()
        ):
            return users
        users.close()


def _start_keeper(kind: str, folder: Path) -> None:
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    # Found here: another process would not know which ports are given to tests already.
    (folder / "port").write_text(str(free_port()))
    command = [sys.executable, "-m", "tests.keeper", kind, str(folder)]
    # Without a folder of its own PostgreSQL's wheel warns, and shares one lock with other users.
    spawn(command, folder / "keeper.log", XDG_RUNTIME_DIR=str(runtime))


def _said(folder: Path) -> bool:
    return (folder / "ready").exists() or (folder / "failed").exists()


def main(kind: str, folder: Path) -> None:
    """Start, tell, wait for the last user, stop, remove."""
    from tests import servers

    server = servers.KINDS[kind](folder)
    try:
        _tell(folder / "ready", json.dumps(server.start()))
    except Exception as error:  # noqa: BLE001 whatever it is, the waiting test shall say it
        log = (folder / "keeper.log").read_text()
        _tell(folder / "failed", f"{error!r}\n{log}")
    with (folder / "users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _tell(path: Path, text: str) -> None:
    """Write a file that others see whole or not at all."""
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.rename(path)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
