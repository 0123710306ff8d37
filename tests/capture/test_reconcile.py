"""The count of the last days: what a lost change left out is found and fetched."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture import reconcile
from tests.capture.letters import letter, mailbox_of, run_dry
from tests.fakes.mailbox import FakeMailbox


@pytest.mark.req("R42")
def test_what_is_missing_is_counted_and_fetched(world):
    provider, mailbox = FakeMailbox(world.alice.email), mailbox_of(world.alice)
    for number in range(5):
        at = clock.now() - timedelta(hours=number)
        provider.put(letter(message_id=f"<{number}@n.test>"), at)
    run_dry(mailbox, provider)
    provider.put(letter(message_id="<lost@n.test>"), clock.now())
    provider.put(letter(message_id="<old@n.test>"), clock.now() - timedelta(days=30))
    db.execute("UPDATE sync_stream SET cursor = '7'")  # two changes that nobody told us

    tally = reconcile.compare(mailbox, provider)
    run_dry(mailbox, provider)

    assert (tally.checked, tally.missing) == (6, 1)
    assert reconcile.compare(mailbox, provider).missing == 0
    assert db.one("SELECT count(*) FROM email_message") == (6,)


def test_what_was_left_out_is_not_missing(world):
    provider, mailbox = FakeMailbox(world.alice.email), mailbox_of(world.alice)
    provider.put(letter("bob@ours.test"), clock.now())
    run_dry(mailbox, provider)

    assert reconcile.compare(mailbox, provider) == reconcile.Tally(checked=1, missing=0)
