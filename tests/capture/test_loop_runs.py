"""Loop tests in the worker: each run once, and no access token stays behind."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest

from backend import clock
from backend.access.safe import Safe
from backend.capture.loop import Way
from backend.capture.loop_runs import TOKEN, LoopRunner, owner
from backend.models.loop_tests import PATIENCE, SILENCE, LoopTest
from backend.models.mailboxes import Connection
from backend.models.secrets import Secret
from backend.providers.vault import open_vault
from tests.waiting import LOOPBACK, free_port

LATE = timedelta(minutes=1)


@pytest.fixture
def safe(world):
    return Safe(open_vault(world.settings))


@pytest.fixture
def step(world, safe):
    """One step of a runner, in a thread: it takes a connection of its own."""
    nowhere = world.settings.model_copy(
        update={"google_gmail_endpoint": f"http://{LOOPBACK}:{free_port()}"}
    )

    def run(stop=None):
        runner = LoopRunner(nowhere, safe, Way())
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(runner.step, stop or Event()).result(60)

    return run


@pytest.fixture
def due(world, safe):
    """A test that waits for a worker, with its token."""
    ada = world.users["ada"]
    connection = Connection.create(
        org_id=ada.org_id, provider="google", method="user_consent", client_id="us", state="ready"
    )
    made = LoopTest.create(
        org_id=ada.org_id, connection_id=connection.id, user_id=ada.id, address=ada.email,
        language="en",
    )  # fmt: skip
    safe.put(owner(made), TOKEN, "a-token")
    return made


def told(test):
    found = LoopTest.get_by_id(test.id)
    last = found.notes[-1]
    return found.state, last.step, last.cause


def test_a_test_is_run_once_and_its_token_goes(due, step):
    assert step()
    assert not step()

    assert told(due) == ("failed", "send", "away")  # nobody listens there
    assert Secret.select().count() == 0


@pytest.mark.parametrize(
    ("why", "state", "silent_for"),
    [
        ("its worker went away", "running", SILENCE + LATE),
        ("no worker came while its token was good", "due", PATIENCE + LATE),
    ],
)
def test_one_that_nobody_ends_is_given_up(due, step, why, state, silent_for):
    LoopTest.update(state=state, heard_at=clock.wall() - silent_for).execute()

    assert not step(), why

    assert told(due) == ("failed", "stamp", "interrupted")
    assert Secret.select().count() == 0


def test_one_whose_worker_still_speaks_is_left_alone(due, step):
    LoopTest.update(state="running", heard_at=clock.wall()).execute()

    assert not step()

    assert LoopTest.get().state == "running"
    assert Secret.select().count() == 1


def test_one_without_its_token_is_told(due, step, safe):
    safe.drop(owner(due))

    assert step()

    assert told(due) == ("failed", "stamp", "interrupted")


def test_one_whose_token_does_not_open_is_told(due, step):
    Secret.update(envelope="v1.gone.AAAA").execute()

    assert step()

    assert told(due) == ("failed", "stamp", "interrupted")
    assert Secret.select().count() == 0
