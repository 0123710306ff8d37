"""The servers that are compared: nginx, the yardstick, the edge, and two peers."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psycopg

from backend import clock
from backend.tracking.facts import Kind
from backend.tracking.tokens import TokenKeys
from benchmarks.drain import SECRET
from benchmarks.measuring import BUILD, build
from tests.waiting import free_port, is_answering, wait_until

PEERS = Path("benchmarks") / "peers"
_NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000;
  server {{ listen 127.0.0.1:{port}; location / {{ empty_gif; }} }}
}}
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A started server: where to ask, which processes work for it, what it has stored."""

    port: int
    path: str
    pids: list[int]
    stored: Callable[[], int | None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to start a server in a folder of its own."""

    command: list[str]
    path: Callable[[], str] = lambda: "/o/pixel.gif"
    stored: Callable[[], int | None] = lambda: None
    env: dict[str, str] = field(default_factory=dict)
    also: Callable[[], list[int]] = list


Planner = Callable[[Path, int], Plan]


@contextmanager
def running(planner: Planner) -> Iterator[Running]:
    """The server on a fresh port and an empty store, ended by its process id."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        port = free_port()
        plan = planner(Path(name), port)
        process = subprocess.Popen(plan.command, env=os.environ | plan.env)
        try:
            wait_until(partial(is_answering, port), what=f"an answer on port {port}")
            yield Running(port, plan.path(), [process.pid, *plan.also()], plan.stored)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def nginx(folder: Path, port: int) -> Plan:
    """Nginx with empty_gif: answers from memory and stores nothing."""
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, port=port))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    return Plan([program, "-c", str(folder / "nginx.conf")])


def yardstick(folder: Path, port: int) -> Plan:
    """The C server that appends and fdatasyncs before it answers."""
    log = folder / "hits.log"
    return Plan(
        [str(build("yardstick")), str(port), str(log)],
        stored=lambda: log.read_bytes().count(b"\n"),
    )


def edge(folder: Path, port: int) -> Plan:
    """Our edge as it is shipped."""
    token = TokenKeys(SECRET).make(Kind.OPEN, clock.now())
    env = {"SECRET": SECRET, "DATA_DIR": str(folder), "PORT": "1", "EDGE_PORT": str(port)}
    return Plan(
        [sys.executable, "-m", "backend.serve.servers", "edge"],
        path=lambda: f"/o/{token}.gif",
        stored=lambda: _last(folder / "hits.db"),
        env={**env, "HIT_LOG_URL": ""},
    )


def pytracking(folder: Path, port: int, *, workers: int = 1, threads: int = 1) -> Plan:
    """Pytracking in Flask on granian with one SQLite row per hit."""
    from benchmarks.peers.pytracking_server import path_of_a_hit, prepare

    prepare(str(folder / "peer.db"))
    arguments = ["--interface", "wsgi", "--factory", "--host", "127.0.0.1", "--port", str(port)]
    arguments += ["--workers", str(workers), "--blocking-threads", str(threads)]
    arguments += ["--log-level", "warning", "benchmarks.peers.pytracking_server:create"]
    return Plan(
        [sys.executable, "-m", "granian", *arguments],
        path=path_of_a_hit,
        stored=lambda: _rows(folder / "peer.db"),
        env={"PEER_DB": str(folder / "peer.db")},
    )


def nodemailer(folder: Path, port: int, *, database: str, pool: int = 10) -> Plan:
    """nodemailer-mail-tracking on Express with one PostgreSQL row per hit."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS hit")
    env = {"NODE_ENV": "production", "PORT": str(port), "PEER_DB": database, "POOL": str(pool)}
    return Plan(
        ["node", str(PEERS / "nodemailer_server.cjs")],
        path=lambda: _read(f"http://127.0.0.1:{port}/path"),
        stored=lambda: _count(database),
        env={**env, "PEER_MODULES": str((BUILD / "peers").absolute())},
        also=lambda: _postmaster(database),
    )


def install_peers() -> None:
    """Fetch the npm peer in its pinned version into build/peers, once."""
    place = BUILD / "peers"
    wanted = (PEERS / "package.json").read_text()
    if (place / "node_modules").exists() and (place / "package.json").read_text() == wanted:
        return
    place.mkdir(parents=True, exist_ok=True)
    (place / "package.json").write_text(wanted)
    subprocess.run(
        ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
        cwd=place,
        check=True,
    )


def _rows(path: Path) -> int:
    with sqlite3.connect(path, timeout=30) as db:
        return int(db.execute("SELECT count(*) FROM hit").fetchone()[0])


def _last(path: Path) -> int:
    """Positions in the hit log have no gaps, so the last one is the count."""
    with sqlite3.connect(path, timeout=30) as db:
        return int(db.execute("SELECT max(last) FROM packet").fetchone()[0])


def _count(database: str) -> int:
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT count(*) FROM hit").fetchone()
        return int(row[0]) if row else 0


def _postmaster(database: str) -> list[int]:
    with psycopg.connect(database) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    folder = Path(str(row[0] if row else ""))
    return [int((folder / "postmaster.pid").read_text().split()[0])]


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())
