"""The loop test on a whole installation: app, edge, drain and worker as they are started."""

import pytest

from backend import db
from backend.access.safe import Safe
from backend.capture.loop_runs import TOKEN, owner
from backend.models.loop_tests import LoopTest
from backend.models.mailboxes import Connection
from backend.models.org import User
from backend.models.secrets import Secret
from backend.providers.vault import open_vault
from backend.settings import Settings
from tests.fakes import graph_server, myworld
from tests.installation import SECRET, Installation
from tests.relay.hosting import smarthost
from tests.waiting import wait_until


@pytest.fixture
def host(tmp_path):
    with myworld.running(tmp_path) as running:
        yield running


@pytest.fixture
def graph():
    """Alice's mailbox at Microsoft, whose mail goes through a real mail host and back."""
    with smarthost() as carrier, graph_server.running() as running:
        running.box("alice@ours.test", "a-token")
        running.sending.port = carrier.port
        running.sending.arrived = lambda _address: [mail.content for mail in carrier.taken]
        yield running.url


@pytest.fixture
def installation(tmp_path, host, graph):
    made = Installation(tmp_path, {"GOOGLE_GMAIL_ENDPOINT": host.gmail, "GRAPH_URL": graph})
    made.told("migrate")
    made.told("add-user", "ada@ours.test", "--role", "admin")
    with made.serving():
        wait_until(made.is_ready, 60, "the app")
        yield made


@pytest.fixture
def rows(installation):
    """The installation's own database and safe, open in the test's process too."""
    before = db.database.obj
    settings = Settings(data_dir=installation.data_dir, secret=SECRET, port=installation.port)
    opened = db.open_store(settings)
    with db.connection():
        yield Safe(open_vault(settings))
    opened.close_all()
    if before is not None:
        db.database.initialize(before)


@pytest.mark.req("R79")
def test_the_worker_sends_a_mail_round_and_it_stands_in_the_feed(installation, host, rows):
    tokens = {"google": host.world([]).token("alice"), "microsoft": "a-token"}
    tests = [due(rows, provider, token) for provider, token in tokens.items()]

    wait_until(lambda: all(each.is_over for each in LoopTest.select()), 120, "the loop tests")

    for test in tests:
        found = LoopTest.get_by_id(test.id)
        assert {note.step: (note.state, note.cause) for note in found.notes} == {
            "stamp": ("good", ""), "send": ("good", ""), "find": ("good", ""),
            "content": ("good", ""), "host": ("warn", "plain"), "open": ("good", ""),
            "click": ("good", ""), "feed": ("good", ""),
        }  # fmt: skip
        assert found.state == "passed"
    assert Secret.select().count() == 0


def due(safe, provider, token):
    """A test by ada with alice's mailbox, which the worker finds."""
    ada = User.get(User.email == "ada@ours.test")
    connection = Connection.create(
        org_id=ada.org_id, provider=provider, method="user_consent", client_id="us", state="ready"
    )
    test = LoopTest(
        org_id=ada.org_id, connection_id=connection.id, user_id=ada.id,
        address="alice@ours.test", language="en",
    )  # fmt: skip
    safe.put(owner(test), TOKEN, token)
    test.save(force_insert=True)
    return test
