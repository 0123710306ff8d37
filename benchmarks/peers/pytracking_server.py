"""A peer: pytracking in a Flask view that inserts one SQLite row per hit before it answers."""

import os
import sqlite3
import threading
from contextlib import closing

import pytracking
from flask import Flask, Response, request

CONFIGURATION = pytracking.Configuration(base_open_tracking_url="http://127.0.0.1/open/")
_local = threading.local()


def create() -> Flask:
    """The application; the database is at $PEER_DB."""
    app = Flask(__name__)
    pixel, mime_type = pytracking.get_open_tracking_pixel()

    @app.get("/open/<path:data>")
    def opened(data: str) -> Response:
        result = pytracking.get_open_tracking_result(data, configuration=CONFIGURATION)
        _database().execute(
            "INSERT INTO hit (recipient, user_agent, address, at) VALUES (?, ?, ?, ?)",
            (
                str(result.metadata),
                request.headers.get("user-agent", ""),
                request.remote_addr,
                result.timestamp,
            ),
        )
        return Response(pixel, mimetype=mime_type, headers={"Cache-Control": "no-store"})

    return app


def prepare(path: str) -> None:
    """Make the database; two workers that did so at once would lock each other out."""
    with closing(_connected(path)) as database:
        database.execute("PRAGMA journal_mode = WAL").fetchall()
        database.execute(
            "CREATE TABLE hit"
            " (id INTEGER PRIMARY KEY, recipient TEXT, user_agent TEXT, address TEXT, at INTEGER)"
        )


def _database() -> sqlite3.Connection:
    if not hasattr(_local, "db"):
        _local.db = _connected(os.environ["PEER_DB"])
    database: sqlite3.Connection = _local.db
    return database


def _connected(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=30, isolation_level=None)
    database.execute("PRAGMA synchronous = FULL")
    return database


def path_of_a_hit() -> str:
    """The path of one open."""
    data = {"recipient": "carol@example.test", "message": 42}
    url = pytracking.get_open_tracking_url(data, configuration=CONFIGURATION)
    return url.removeprefix("http://127.0.0.1")
