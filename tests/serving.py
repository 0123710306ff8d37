"""How tests make an app and let it listen: on the test's own database, until the last answer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, make_server

from backend import db
from backend.settings import Settings
from tests.lateness import late
from tests.waiting import LOOPBACK


@contextmanager
def app_of(settings: Settings, store: db.Store) -> Iterator[Flask]:
    """The app of these settings; `store`, in whose place its own comes, stands again at the end."""
    from backend.app import create_app  # here: every test loads this module, few the whole app

    made = create_app(settings)
    try:
        yield made
    finally:
        made.extensions["store"].close_all()
        db.database.initialize(store)


@contextmanager
def standing(app: Flask, store: db.Store) -> Iterator[None]:
    """The app's own store in the place of `store`, for calls by a test client."""
    db.database.initialize(app.extensions["store"])
    try:
        yield
    finally:
        db.database.initialize(store)


@contextmanager
def serving(app: Flask, store: db.Store, port: int = 0) -> Iterator[str]:
    """The app's address while it listens; a port of 0 is any free one.

    The app reads and writes through `store`, the test's own: were the database switched between
    tests, a late call of a page (a beacon) would begin on one connection and go on on another.
    When this ends, every call that came has its answer.
    """
    app.extensions["store"].close_all()
    db.database.initialize(store)
    server = make_server(LOOPBACK, port, late(app), threaded=True)
    assert isinstance(server, ThreadedWSGIServer)
    server.daemon_threads = False  # then server_close waits for them
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
