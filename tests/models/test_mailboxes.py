"""Whether a user's mailbox is being captured."""

import pytest

from backend.models.mailboxes import Mailbox, MailboxState, is_synced


def mailbox(world, state, provider="google"):
    return Mailbox.create(
        org_id=world.alice.org_id,
        user_id=world.alice.id,
        provider=provider,
        address="alice@ours.test",
        state=state,
    )


@pytest.mark.parametrize(
    ("state", "is_captured"),
    [
        (MailboxState.ACTIVE, True),
        (MailboxState.BACKFILLING, True),
        (MailboxState.DELAYED, True),
        (MailboxState.NEEDS_REAUTH, False),
        (MailboxState.DISCONNECTED, False),
        (MailboxState.ERASING, False),
    ],
)
def test_a_mailbox_is_captured_unless_it_rests(world, state, is_captured):
    mailbox(world, state)

    assert is_synced(world.alice.id, "google") is is_captured


def test_another_provider_s_or_another_user_s_mailbox_does_not_count(world):
    mailbox(world, MailboxState.ACTIVE, "microsoft")

    assert not is_synced(world.alice.id, "google")
    assert not is_synced(world.users["bob"].id, "microsoft")
