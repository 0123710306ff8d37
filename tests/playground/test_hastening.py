"""What came into a mailbox of the playground is looked for at once."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture import streams
from backend.models.mailboxes import Mailbox
from playground.hastening import hasten
from tests.capture.letters import mailbox_of
from tests.world import CAROL, bearer

LATER = timedelta(minutes=4)


def test_her_mailbox_and_its_calendar_are_due_and_nobody_elses(world):
    then = clock.now() + LATER
    hers = mailbox_of(world.alice, state="active", next_sync_at=then)
    bobs = mailbox_of(world.users["bob"], state="active", next_sync_at=then)
    streams.rest(streams.of(hers.org_id, hers.id, "calendar"), then)

    hasten(world.alice, "mail", "calendar")

    assert Mailbox.get_by_id(hers.id).next_sync_at <= clock.now()
    assert Mailbox.get_by_id(bobs.id).next_sync_at == then
    waits = "SELECT next_at FROM sync_stream WHERE mailbox_id = %s AND kind = 'calendar'"
    assert db.one(waits, [hers.id]) == (None,)


def test_who_has_no_mailbox_connected_waits_for_nothing(world):
    hasten(world.alice, "mail", "calendar")


MAIL = {"to": CAROL, "subject": "Offer"}


@pytest.mark.parametrize(
    ("why", "path", "body"),
    [
        ("her mail", "send", {"json": {**MAIL, "body": "<p>Hi</p>"}}),
        ("from Gmail", "gmail/send", {"json": {**MAIL, "html": "<p>Hi</p>"}}),
        ("from Outlook", "outlook/send", {"data": {**MAIL, "html": "<p>Hi</p>"}}),
        ("a customer's", "gmail/arrive", {"json": {"subject": "Hi", "html": "<p>Hi</p>"}}),
    ],
)
def test_each_way_into_her_mailbox_makes_it_due(client, world, why, path, body):
    then = clock.now() + LATER
    mailbox = mailbox_of(world.alice, state="active", next_sync_at=then)

    told = client.post(f"/playground/{path}", headers=bearer(world.alice), **body)

    assert told.status_code < 300, (why, told.text)
    assert Mailbox.get_by_id(mailbox.id).next_sync_at <= clock.now(), why
