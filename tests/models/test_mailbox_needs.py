"""Which mailboxes wait for somebody, and which of them somebody was written to about."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.models import mailbox_needs
from backend.models.mailbox_needs import PAUSE, STALE
from backend.models.mailboxes import Mailbox

MINUTE = timedelta(minutes=1)


def mailbox(world, name="alice", /, **changes):
    user = world.users[name]
    values = {
        "org_id": user.org_id, "user_id": user.id, "provider": "google", "address": user.email,
        "state": "active", "last_ok_at": clock.now(), "since": clock.now() - 9 * STALE,
    } | changes  # fmt: skip
    return Mailbox.create(**values)


def stale(**changes):
    return {"last_ok_at": clock.now() - STALE - MINUTE} | changes


@pytest.mark.parametrize(
    ("why", "changes", "waits"),
    [
        ("in step", dict, False),
        ("just within the limit", lambda: {"last_ok_at": clock.now() - STALE + MINUTE}, False),
        ("behind", stale, True),
        ("never, since long", lambda: {"last_ok_at": None}, True),
        ("consent is gone", lambda: {"state": "needs_reauth"}, True),
        ("an admin has to act", lambda: {"state": "needs_admin"}, True),
        ("paused", lambda: stale(state="paused"), False),
        ("disconnected", lambda: stale(state="disconnected"), False),
        ("erased at the moment", lambda: stale(state="erasing"), False),
        ("not captured at all", lambda: stale(capture_mode="off"), False),
    ],
)
def test_who_waits_is_counted_for_the_organisation_and_for_one(world, why, changes, waits):
    mailbox(world, **changes())
    ours = world.alice.org_id

    assert mailbox_needs.count(ours) == waits, why
    assert mailbox_needs.count(ours, world.alice.id) == waits
    assert mailbox_needs.count(ours, world.users["bob"].id) == 0
    assert mailbox_needs.count(world.users["mallory"].org_id) == 0
    found = Mailbox.get()
    last_good_at = found.last_ok_at or found.since
    is_stale = mailbox_needs.is_stale(found.state, found.capture_mode, last_good_at, clock.now())
    assert (is_stale or found.state in {"needs_reauth", "needs_admin"}) == waits


def test_each_is_claimed_once_until_it_is_well_and_ill_again(world):
    mailbox(world, **stale())
    mailbox(world, "bob")

    assert [each.address for each in mailbox_needs.claim_untold()] == ["alice@ours.test"]
    assert mailbox_needs.claim_untold() == []
    Mailbox.update(last_ok_at=clock.now()).execute()
    assert mailbox_needs.forget_mended() == 1
    Mailbox.update(last_ok_at=clock.now() - 2 * STALE).execute()
    assert len(mailbox_needs.claim_untold()) == 2


def test_an_organisation_is_not_written_to_again_within_the_hour(world):
    mailbox(world, **stale(warned_at=clock.now() - PAUSE + MINUTE))
    mailbox(world, "bob", **stale())
    mailbox(world, "mallory", **stale())

    assert [each.address for each in mailbox_needs.claim_untold()] == ["mallory@theirs.test"]
    db.execute(
        "UPDATE mailbox SET warned_at = %s WHERE warned_at IS NOT NULL",
        [clock.now() - PAUSE - MINUTE],
    )
    assert [each.address for each in mailbox_needs.claim_untold()] == ["bob@ours.test"]


def test_one_whose_letter_did_not_go_is_claimed_again(world):
    row = mailbox(world, **stale())
    mailbox_needs.claim_untold()

    mailbox_needs.untell(row.id)

    assert [each.id for each in mailbox_needs.claim_untold()] == [row.id]
