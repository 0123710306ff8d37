"""A worker's mailboxes for tests: connected with sealed grants, run until nothing is left to do."""

from collections.abc import Iterator
from typing import Any

import pytest

from backend import clock, db
from backend.access import connections
from backend.access.grants import GRANT, mailbox_owner
from backend.access.safe import Safe
from backend.capture.running import Runner
from backend.models.mailboxes import Connection, Mailbox
from backend.providers.kept import KeptGrant
from backend.providers.vault import open_vault
from tests.capture.letters import mailbox_of
from tests.fakes import myworld
from tests.world import World


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[myworld.MyWorld]:
    """A Google that others wrote."""
    with myworld.running(tmp_path_factory.mktemp("myworld")) as running:
        yield running


@pytest.fixture
def safe(world: World) -> Safe:
    """Where the world's secrets are sealed."""
    return Safe(open_vault(world.settings))


@pytest.fixture
def runner(world: World, host: myworld.MyWorld, safe: Safe) -> Runner:
    """A worker that finds Google at the host."""
    places = {
        "google_gmail_endpoint": host.gmail,
        "google_calendar_endpoint": host.calendar,
        "google_people_endpoint": host.people,
        "google_token_url": host.token_url,
    }
    return Runner(world.settings.model_copy(update=places), safe)


def connect(world: World, safe: Safe, user: str, token: str, **changes: Any) -> Mailbox:
    """The user's mailbox with a grant that opens it."""
    mailbox = mailbox_of(world.users[user], backfill_days=3650, **changes)
    name = mailbox.provider
    if connections.find(mailbox.org_id, name) is None:
        made = Connection.create(
            org_id=mailbox.org_id, provider=name, method="user", client_id="us", state="ready"
        )
        safe.put(connections.owner(made), connections.KEPT_AS, "hush")
    ends_at = int(clock.wall().timestamp()) + 3600
    grant = KeptGrant("refresh", access_token=token, expires_at=ends_at)
    safe.put(mailbox_owner(mailbox), GRANT, grant.text)
    return mailbox


def run_dry(runner: Runner) -> None:
    """Turn after turn, as long as a back-fill has something to do."""
    for _ in range(30):
        db.execute(
            "UPDATE mailbox SET next_sync_at = %s WHERE state = 'backfilling'", [clock.now()]
        )
        if not runner.step():
            return
    raise AssertionError("the mailboxes never come to rest")


def look_again(runner: Runner) -> None:
    """The time of the next look has come, for mail, calendars and address books."""
    now = clock.now()
    db.execute("UPDATE mailbox SET next_sync_at = %s", [now])
    db.execute("UPDATE sync_stream SET next_at = %s WHERE next_at IS NOT NULL", [now])
    run_dry(runner)
