"""A peer: pytracking in a Flask view that inserts one SQLite row per hit before it answers."""

import os
import sqlite3
import threading

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


def _database() -> sqlite3.Connection:
    if not hasattr(_local, "db"):
        _local.db = sqlite3.connect(os.environ["PEER_DB"], timeout=30, isolation_level=None)
        _local.db.execute("PRAGMA journal_mode = WAL").fetchall()
        _local.db.execute("PRAGMA synchronous = FULL")
        _local.db.execute(
            "CREATE TABLE IF NOT EXISTS hit"
            " (id INTEGER PRIMARY KEY, recipient TEXT, user_agent TEXT, address TEXT, at INTEGER)"
        )
    database: sqlite3.Connection = _local.db
    return database


def path_of_a_hit() -> str:
    """The path of one open."""
    data = {"recipient": "carol@example.test", "message": 42}
    url = pytracking.get_open_tracking_url(data, configuration=CONFIGURATION)
    return url.removeprefix("http://127.0.0.1")
