"""Having Gmail tell of changes: kept, tried at once, ended; the key is sealed and only replaced."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.access import gmail_notices
from backend.access.gmail_notices import Given
from backend.access.grants import SERVICE_KEY, grant_owner, notices_owner
from backend.access.members import Admin
from backend.access.safe import Safe
from backend.errors import Conflict
from backend.models.gmail_notices import GmailNotices, Mode, notices_of
from backend.models.mailboxes import Mailbox, MailboxState
from backend.models.org import AuditLog
from backend.models.organisation_grants import OrganisationGrant
from backend.providers.google import ServiceKey
from backend.providers.vault import open_vault
from tests.capture.letters import mailbox_of
from tests.fakes.directory import Directory
from tests.fakes.pubsub import PUSHER, SUBSCRIPTION, TOPIC

PUSH = Given(Mode.PUSH, TOPIC, SUBSCRIPTION, PUSHER)


@pytest.fixture
def safe(world):
    return Safe(open_vault(world.settings))


@pytest.fixture
def ada(world):
    user = world.users["ada"]
    return Admin(user.org_id, user.id, user.email)


@pytest.fixture(scope="module")
def key():
    return ServiceKey.of(Directory().new_key())


def watched(user, **changes):
    """A Gmail mailbox that rests between two looks, with its watch."""
    later = clock.now() + timedelta(minutes=9)
    mailbox = mailbox_of(user, state=MailboxState.ACTIVE, next_sync_at=later)
    values = {"next_at": later, "ends_at": later, "reason": "", "missed": 0} | changes
    db.execute(
        "INSERT INTO push_subscription (mailbox_id, org_id, kind, provider_id, next_at, ends_at,"
        " reason, missed) VALUES (%s, %s, 'mail', %s, %s, %s, %s, %s)",
        [mailbox.id, mailbox.org_id, TOPIC, *values.values()],
    )
    return mailbox


def due():
    """Addresses of those that are looked at and whose watch is asked for at once."""
    return [
        address
        for (address,) in db.rows(
            "SELECT m.address FROM mailbox m JOIN push_subscription p ON p.mailbox_id = m.id"
            " WHERE p.next_at IS NULL AND m.next_sync_at <= %s",
            [clock.now()],
        )
    ]


def test_what_is_saved_is_tried_at_once_for_this_organisation_alone(world, ada, safe):
    watched(world.alice)
    watched(world.users["mallory"])

    notices = gmail_notices.save(ada, PUSH, safe)

    assert due() == ["alice@ours.test"]
    assert notices_of(ada.org_id) == notices
    assert notices_of(world.users["mallory"].org_id) is None
    assert AuditLog.get().action == "gmail_notices.saved"


def test_saving_again_begins_anew_and_keeps_the_key(world, ada, safe, key):
    pull = Given(Mode.PULL, TOPIC, SUBSCRIPTION, key=key)
    first = gmail_notices.save(ada, pull, safe)
    GmailNotices.update(ignored_count=7, reason="pull_forbidden", told_at=clock.now()).execute()

    again = gmail_notices.save(ada, Given(Mode.PULL, TOPIC, SUBSCRIPTION, key.client_email), safe)

    kept = GmailNotices.get()
    assert (again.id, kept.reason, kept.ignored_count, kept.told_at) == (first.id, "", 0, None)
    assert gmail_notices.key_account(kept, ada.org_id, safe) == key.client_email
    assert safe.get(notices_owner(kept), SERVICE_KEY) == key.text
    assert key.private_key[30:60] not in str(db.rows("SELECT * FROM secret"))


def test_the_key_that_pulled_is_deleted_where_google_pushes_from_now_on(world, ada, safe, key):
    gmail_notices.save(ada, Given(Mode.PULL, TOPIC, SUBSCRIPTION, key=key), safe)

    pushed = gmail_notices.save(ada, PUSH, safe)

    assert db.rows("SELECT 1 FROM secret") == []
    assert (pushed.account, gmail_notices.key_account(pushed, ada.org_id, safe)) == (PUSHER, "")


def test_the_organisations_own_key_counts_where_there_is_no_other(world, ada, safe, key):
    assert gmail_notices.key_account(None, ada.org_id, safe) == ""
    grant = OrganisationGrant.create(
        org_id=ada.org_id, provider="google", state="ready", account="sa@ours.test"
    )
    safe.put(grant_owner(grant), SERVICE_KEY, key.text)

    assert gmail_notices.key_account(None, ada.org_id, safe) == "sa@ours.test"


def test_a_test_asks_for_each_watch_anew_and_needs_a_mailbox(world, ada, safe):
    notices = gmail_notices.save(ada, PUSH, safe)
    with pytest.raises(Conflict):
        gmail_notices.test(notices)
    watched(world.alice)

    gmail_notices.test(notices)

    assert due() == ["alice@ours.test"]
    assert GmailNotices.get().tested_at is not None


def test_the_watches_are_those_of_mailboxes_that_are_captured(world, ada, safe):
    watched(world.alice)
    watched(world.users["bob"], reason="topic_forbidden", missed=4)
    resting = watched(world.users["mika"])
    Mailbox.update(state=MailboxState.PAUSED).where(Mailbox.id == resting.id).execute()
    mailbox_of(world.users["ada"])

    found = gmail_notices.watches_of(ada.org_id)

    assert [(each.address, each.is_on, each.reason, each.missed) for each in found] == [
        ("ada@ours.test", False, "", 0),
        ("alice@ours.test", True, "", 0),
        ("bob@ours.test", False, "topic_forbidden", 4),
    ]


def test_after_the_end_neither_row_nor_key_is_kept(world, ada, safe, key):
    pull = Given(Mode.PULL, TOPIC, SUBSCRIPTION, key=key)
    notices = gmail_notices.save(ada, pull, safe)

    gmail_notices.end(ada, notices, safe)

    assert notices_of(ada.org_id) is None
    assert db.rows("SELECT 1 FROM secret") == []
    assert "gmail_notices.ended" in [each.action for each in AuditLog.select()]
