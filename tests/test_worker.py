"""The worker keeps the house: what is too old goes, however often it is called."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from huey import RedisHuey, SqliteHuey

from backend import clock, db, worker
from backend.models.access import issue_signin_link, open_session
from backend.models.mailboxes import Mailbox
from backend.models.org import Session, SigninLink
from backend.models.organisation_grants import OrganisationGrant
from backend.people.jobs import folder_of
from backend.settings import Settings
from backend.tracking.policy import policy_of
from tests.world import SECRET, hit, record


@pytest.fixture
def house(world):
    """keep_house in a thread: it takes a connection of its own, and the world's is held."""

    def keep():
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(worker.keep_house, folder_of(world.settings.data_dir)).result()

    return keep


def agents():
    return sorted(text or "" for (text,) in db.rows("SELECT text FROM agent"))


def test_a_user_agent_is_forgotten_after_thirty_days(world, house):
    stamped = world.send()
    record(hit(world.open_token(stamped), user_agent="Seen/1"))
    record(hit(world.open_token(stamped), user_agent="Seen/2", after=600))
    old = clock.now() - worker.AGENT_TEXT_LIFE - timedelta(minutes=1)
    db.execute("UPDATE agent SET seen_at = %s WHERE text = %s", [clock.now(), "Seen/1"])
    db.execute("UPDATE agent SET seen_at = %s WHERE text = %s", [old, "Seen/2"])

    assert house()["agents"] == 1
    assert agents() == ["", "Seen/1"]
    assert len(world.engagements(stamped)) == 2


def test_ways_in_that_are_over_are_dropped_and_the_others_stay(world, house):
    open_session(issue_signin_link(world.alice))
    issue_signin_link(world.alice)
    over = open_session(issue_signin_link(world.alice))
    assert over
    past = clock.now() - timedelta(seconds=1)
    newest = Session.select().order_by(Session.created_at.desc()).first()
    Session.update(expires_at=past).where(Session.id == newest.id).execute()
    SigninLink.update(expires_at=past).where(SigninLink.used_at.is_null(False)).execute()

    done = house()

    assert (done["sessions"], done["signin_links"]) == (1, 2)
    assert (Session.select().count(), SigninLink.select().count()) == (1, 1)


def test_twice_is_as_good_as_once(world, house):
    house()

    assert set(house().values()) == {0}


def test_whoever_comes_is_covered_where_an_organisation_opens_all_mailboxes(world):
    OrganisationGrant.create(
        org_id=world.alice.org_id, provider="google", domains=["ours.test"], state="ready",
        covers="all",
    )  # fmt: skip

    assert [worker.cover_mailboxes(), worker.cover_mailboxes()] == [4, 0]

    assert {each.visibility for each in Mailbox.select()} == {policy_of(world.alice.org_id).sharing}


@pytest.mark.parametrize(
    ("why", "url", "kind"),
    [("nothing said", "", SqliteHuey), ("an address", "redis://127.0.0.1:1/0", RedisHuey)],
)
def test_the_settings_choose_the_queue(tmp_path, why, url, kind):
    settings = Settings(data_dir=tmp_path, redis_url=url, secret=SECRET)

    queue = worker.make_queue(settings)

    assert type(queue) is kind, why
    tasks = [type(task).__name__ for task in queue._registry.periodic_tasks]
    assert tasks == ["keep-house", "index-mail", "tell-needs", "cover-mailboxes"]
