"""How mailboxes stand: what is behind, what somebody has to do, and how much was measured."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend import clock, db
from backend.access.safe import Owner, Safe
from backend.insights import mailbox_health
from backend.insights.mailbox_health import Access, Fix, Notices
from backend.models.mail import EmailMessage
from backend.models.mailboxes import Mailbox
from backend.providers.vault import open_vault

MINUTE = timedelta(minutes=1)


def mailbox(world, name="alice", /, **changes):
    now = clock.now()
    minutes = changes.pop("minutes", 1)
    values = {
        "org_id": world.alice.org_id,
        "user_id": world.users[name].id,
        "provider": "google",
        "address": f"{name}@ours.test",
        "state": "active",
        "last_ok_at": now - minutes * MINUTE,
        "since": now - 60 * MINUTE,
    } | changes
    return Mailbox.create(**values)


@pytest.mark.parametrize(
    ("why", "changes", "is_stale", "fix"),
    [
        ("in step", {}, False, Fix.NONE),
        ("nothing for an hour", {"minutes": 60}, True, Fix.WAIT),
        ("never, for an hour", {"last_ok_at": None}, True, Fix.WAIT),
        ("behind", {"state": "delayed"}, False, Fix.WAIT),
        ("consent is gone", {"state": "needs_reauth"}, False, Fix.RECONNECT),
        ("set up wrongly", {"state": "needs_admin"}, False, Fix.CONNECTION),
        ("not captured, so never synced", {"capture_mode": "off", "minutes": 99}, False, Fix.NONE),
        ("paused long ago", {"state": "paused", "last_ok_at": None}, False, Fix.RESUME),
    ],
)
def test_each_state_says_what_is_to_be_done(world, why, changes, is_stale, fix):
    mailbox(world, **dict(changes))

    (found,) = mailbox_health.mailboxes_of(world.alice.org_id)

    assert (found.is_stale, found.fix) == (is_stale, fix), why


def test_those_that_need_somebody_come_first_and_disconnected_ones_are_left_out(world):
    mailbox(world, "alice")
    mailbox(world, "bob", state="needs_reauth")
    mailbox(world, "mika", state="disconnected")

    found = mailbox_health.mailboxes_of(world.alice.org_id)

    assert [each.address for each in found] == ["bob@ours.test", "alice@ours.test"]
    assert mailbox_health.mailboxes_of(world.users["mallory"].org_id) == []


@pytest.mark.parametrize(
    ("why", "changes", "has_grant", "access"),
    [
        ("by its owner", {}, True, Access.HELD),
        ("nothing lies there", {}, False, Access.NONE),
        ("the provider refused it", {"state": "needs_reauth"}, True, Access.REFUSED),
        ("as a whole", {"granted_by": "organisation"}, False, Access.ORGANISATION),
    ],
)
def test_what_opens_a_mailbox_is_told(world, why, changes, has_grant, access):
    row = mailbox(world, **changes)
    if has_grant:
        owner = Owner(row.org_id, "mailbox", row.id)
        Safe(open_vault(world.settings)).put(owner, "grant", "sealed")

    (found,) = mailbox_health.mailboxes_of(row.org_id)

    assert found.access is access, why
    assert (found.renewed_at is not None) == has_grant
    assert found.lag // MINUTE == 1


def test_the_next_renewal_is_the_earliest_and_a_refusal_is_told(world):
    alice, bob = mailbox(world), mailbox(world, "bob")
    mailbox(world, "mika")
    now = clock.now()
    for row, kind, minutes, reason in (
        (alice, "mail", 20, ""), (alice, "calendar", 10, ""),
        (bob, "mail", 60, "forbidden"), (bob, "calendar", 30, ""),
    ):  # fmt: skip
        db.execute(
            "INSERT INTO push_subscription (mailbox_id, kind, org_id, next_at, reason)"
            " VALUES (%s, %s, %s, %s, %s)",
            [row.id, kind, row.org_id, now + minutes * MINUTE, reason],
        )

    assert mailbox_health.notices_of(alice.org_id) == {
        alice.id: Notices(now + 10 * MINUTE, ""),
        bob.id: Notices(now + 30 * MINUTE, "forbidden"),
    }
    assert mailbox_health.notices_of(world.users["mallory"].org_id) == {}
    assert list(mailbox_health.notices_of_user(bob.user_id)) == [bob.id]


def test_it_is_told_whether_notices_come_and_when_the_last_did(world):
    row, now = mailbox(world), clock.now()
    for kind, days, ago in (("mail", 7, 9), ("calendar", 3, 5)):
        db.execute(
            "INSERT INTO push_subscription (mailbox_id, kind, org_id, ends_at, last_event_at)"
            " VALUES (%s, %s, %s, %s, %s)",
            [row.id, kind, row.org_id, now + timedelta(days=days), now - ago * MINUTE],
        )

    found = mailbox_health.notices_of(row.org_id)[row.id]

    assert found == Notices(None, "", now + timedelta(days=3), now - 5 * MINUTE)
    assert found.is_on
    assert not replace(found, ends_at=now - MINUTE).is_on
    assert not replace(found, reason="topic_forbidden").is_on


def test_coverage_is_told_of_each_mailboxs_owner(world):
    mailbox(world)
    mailbox(world, "bob")
    world.send(at=clock.now() - MINUTE)
    world.send("dana@harbour.test", at=clock.now() - MINUTE)

    found = {each.address: each for each in mailbox_health.mailboxes_of(world.alice.org_id)}

    assert (found["alice@ours.test"].sent, found["alice@ours.test"].measured) == (2, 1)
    assert found["bob@ours.test"].sent == 0


def test_what_came_in_and_what_waits_is_counted(world):
    row = mailbox(world)
    for age, name in ((MINUTE, "new"), (timedelta(days=2), "old")):
        message = EmailMessage.create(
            org_id=row.org_id, user_id=row.user_id, direction="received", status="received",
            subject=name,
        )  # fmt: skip
        db.execute(
            "INSERT INTO message_copy (id, org_id, message_id, mailbox_id, provider_id, is_sent,"
            " received_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [clock.new_id(), row.org_id, message.id, row.id, name, False, clock.now() - age],
        )
    db.execute(
        "INSERT INTO sync_item (mailbox_id, remote_id, org_id, is_live, position, state)"
        " VALUES (%s, 'x', %s, %s, 1, 'retry')",
        [row.id, row.org_id, True],
    )

    (found,) = mailbox_health.mailboxes_of(row.org_id)

    assert (found.day_count, found.waiting) == (1, 1)


@pytest.mark.req("R66")
def test_coverage_is_over_every_mail_that_was_sent(world):
    now = clock.now()
    world.send(at=now - MINUTE)
    world.send("dana@harbour.test", at=now - MINUTE)  # Do Not Track: sent untracked
    EmailMessage.create(
        org_id=world.alice.org_id, user_id=world.alice.id, direction="sent", status="sent",
        subject="past the panel", sent_at=now,
    )  # fmt: skip

    found = mailbox_health.coverage_of(world.alice.org_id)

    assert (found.sent, found.measured) == (3, 1)


def test_hits_set_aside_are_counted(world):
    assert mailbox_health.set_aside(world.alice.org_id) == 0
    for org_id in (world.alice.org_id, None, world.users["mallory"].org_id):
        db.execute(
            "INSERT INTO set_aside_hit (id, org_id, hit, reason, set_aside_at)"
            " VALUES (%s, %s, 'x', 'y', %s)",
            [clock.new_id(), org_id, clock.now()],
        )

    assert mailbox_health.set_aside(world.alice.org_id) == 2
