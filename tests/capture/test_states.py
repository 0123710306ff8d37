"""A mailbox's one visible state, and when it is looked at next."""

from datetime import timedelta

import pytest

from backend import clock
from backend.capture import states
from backend.models.mailboxes import ENDED, GrantedBy, Mailbox, MailboxState
from backend.providers.mail import NeedsReauth, TryLater, Unreadable
from tests.capture.letters import mailbox_of


def now(mailbox):
    return Mailbox.get_by_id(mailbox.id)


def test_the_longest_waiting_is_due_first_and_those_at_rest_never_are(world):
    ids = [
        mailbox_of(world.alice, address=f"{minutes}@ours.test", **changes).id
        for minutes, changes in (
            (1, {"next_sync_at": clock.now() - timedelta(minutes=1)}),
            (5, {"next_sync_at": clock.now() - timedelta(minutes=5)}),
            (9, {"next_sync_at": clock.now() + timedelta(minutes=9)}),
            (2, {"state": MailboxState.PAUSED}),
            (3, {"capture_mode": "off"}),
        )
    ]

    assert states.due(10) == [ids[1], ids[0]]
    assert states.due(1) == [ids[1]]


def test_since_moves_only_with_the_state(world):
    mailbox = mailbox_of(world.alice)
    states.delayed(mailbox.id, TryLater("429"))
    first = now(mailbox).since

    states.delayed(mailbox.id, TryLater("503"))

    assert (now(mailbox).since, now(mailbox).reason) == (first, "503")


def test_failures_wait_longer_and_longer_up_to_fifteen_minutes(world):
    mailbox = mailbox_of(world.alice)

    for _ in range(30):
        before = clock.now()
        states.delayed(mailbox.id, TryLater("503"))
        assert now(mailbox).next_sync_at - before < timedelta(minutes=15, seconds=5)

    assert now(mailbox).failures == 30


@pytest.mark.parametrize(
    ("why", "error", "shortest", "longest"),
    [
        ("it said how long", TryLater("429", 30.0), 30, 30),
        ("it said now", TryLater("429", 0.0), 0, 0),
        ("it said for ever", TryLater("429", float("inf")), 86_400, 86_400),
        ("it said nothing", TryLater("503"), 60, 120),
        ("what passes by no waiting", Unreadable("400"), 60, 120),
    ],
)
def test_the_next_try_comes_when_the_provider_says_or_at_any_time_in_between(
    why, error, shortest, longest
):
    found = states.pause_after(error, timedelta(minutes=1), timedelta(minutes=2))

    assert shortest <= found.total_seconds() <= longest, why


def test_a_success_forgets_the_failures(world):
    mailbox = mailbox_of(world.alice)
    states.delayed(mailbox.id, TryLater("503"))

    states.succeeded(mailbox.id, is_filled=True, after=timedelta(seconds=60))

    row = now(mailbox)
    assert (row.state, row.reason, row.failures) == (MailboxState.ACTIVE, "", 0)
    assert row.last_ok_at is not None


def test_until_it_is_filled_there_is_no_rest(world):
    mailbox = mailbox_of(world.alice)

    states.succeeded(mailbox.id, is_filled=False, after=timedelta(seconds=60))

    assert states.due(10) == [mailbox.id]
    assert now(mailbox).state == MailboxState.BACKFILLING


def test_what_a_person_has_to_do_is_never_due(world):
    mailbox = mailbox_of(world.alice)

    states.needs_person(mailbox.id, NeedsReauth("invalid_grant"))

    assert states.due(10) == []
    assert now(mailbox).reason == "invalid_grant"


def test_what_her_organisation_granted_its_admin_has_to_mend(world):
    hers = mailbox_of(world.alice)
    ours = mailbox_of(world.users["bob"], granted_by=GrantedBy.ORGANISATION)

    for mailbox in (hers, ours):
        states.needs_person(mailbox.id, NeedsReauth("unauthorized"))

    assert now(hers).state == MailboxState.NEEDS_REAUTH
    assert now(ours).state == MailboxState.NEEDS_ADMIN


@pytest.mark.parametrize("state", [MailboxState.PAUSED, *sorted(ENDED)])
def test_what_a_person_stops_during_a_turn_stays_so(world, state):
    mailbox = mailbox_of(world.alice, state=state)

    states.succeeded(mailbox.id, is_filled=True, after=timedelta(seconds=60))
    states.needs_person(mailbox.id, NeedsReauth("invalid_grant"))

    assert now(mailbox).state == state
    assert states.due(10) == []
