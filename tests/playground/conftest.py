"""The playground as it runs: an app that answers over HTTP, and a mail host beside it."""

import threading

import pytest
from werkzeug.serving import make_server

from backend import db
from backend.app import create_app
from backend.settings import Settings
from tests.playground.hosting import mail_host_of
from tests.waiting import free_port
from tests.world import SECRET


@pytest.fixture(scope="module")
def settings(database_url, tmp_path_factory):
    port = free_port(following=1)
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        database_url=database_url,
        secret=SECRET,
        playground=True,
        port=port,
        smtp_port=free_port(),
    )


@pytest.fixture(scope="module")
def site(settings, store):
    """The app, listening: the playground calls its API as any client would."""
    app = create_app(settings)
    server = make_server("127.0.0.1", settings.port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with mail_host_of(settings):
        yield app
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["store"].close_all()


@pytest.fixture
def client(site, world, store):
    db.database.initialize(site.extensions["store"])
    yield site.test_client()
    db.database.initialize(store)
