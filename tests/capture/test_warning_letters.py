"""Letters about mailboxes that wait: whom they reach, once, and in which language."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture import warning_letters
from backend.models.mailboxes import Mailbox
from backend.models.org import User
from tests.capture.letters import mailbox_of
from tests.fakes import letter_box


@pytest.fixture
def box():
    with letter_box.running() as running:
        yield running


@pytest.fixture
def tell(world, box):
    """One round, in a thread: it takes a connection of its own."""

    def one(url=box.url):
        settings = world.settings.model_copy(update={"mail_url": url})
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(warning_letters.tell, settings).result()

    return one


@pytest.fixture
def gone(world):
    """Alice's mailbox, whose consent is gone."""
    return mailbox_of(world.alice, state="needs_reauth")


def test_the_owner_and_the_admins_hear_of_it_once(world, box, tell, gone):
    mailbox_of(world.users["bob"], state="active", last_ok_at=clock.now())

    assert tell() == 2
    assert tell() == 0

    (ada, subject, text), (alice, _, hers) = box.letters()
    assert (ada, alice) == ("ada@ours.test", "alice@ours.test")
    assert subject == "1 mailbox is not syncing"
    assert "alice@ours.test: " in text
    assert "bob@ours.test" not in text
    assert "/console/admin/health" in text
    assert "/console/mailboxes" in hers


def test_one_that_is_well_and_ill_again_is_told_again(box, tell, gone):
    tell()
    Mailbox.update(state="active", last_ok_at=clock.now()).execute()
    assert tell() == 0
    Mailbox.update(state="needs_reauth").execute()

    assert tell() == 2


def test_a_stale_one_is_told_after_half_an_hour(world, box, tell):
    row = mailbox_of(world.alice, state="active", last_ok_at=clock.now() - timedelta(minutes=29))
    assert tell() == 0
    Mailbox.update(last_ok_at=clock.now() - timedelta(minutes=31)).execute()

    assert tell() == 2
    assert Mailbox.get_by_id(row.id).warned_at is not None


def test_each_reads_it_in_her_language_and_the_disabled_not_at_all(world, box, tell, gone):
    ada = world.users["ada"]
    User.update(preferences={"language": "de"}).where(User.id == ada.id).execute()
    User.update(is_disabled=True).where(User.id == world.alice.id).execute()

    assert tell() == 1

    ((to, subject, _),) = box.letters()
    assert (to, subject) == ("ada@ours.test", "1 Postfach wird nicht abgeglichen")


@pytest.mark.parametrize(
    ("why", "refused", "sent", "is_told"),
    [
        ("one address is refused: the other heard of it", {"alice@ours.test"}, 1, True),
        ("nobody is taken", {"alice@ours.test", "ada@ours.test"}, 0, False),
    ],
)
def test_a_letter_that_nobody_got_is_tried_again(box, tell, gone, why, refused, sent, is_told):
    box.refused = refused

    assert tell() == sent, why

    assert (Mailbox.get().warned_at is not None) == is_told


def test_without_a_mail_server_nobody_counts_as_told(tell, gone):
    assert tell("") == 0

    assert db.one("SELECT warned_at FROM mailbox") == (None,)
