"""What the providers allow, beside the busiest mailbox of the last day."""

from datetime import date, timedelta

from backend import clock
from backend.insights import provider_limits
from backend.models import provider_use
from tests.capture.letters import mailbox_of
from tests.world import CAROL, LEO

HOUR = timedelta(hours=1)


def uses(world):
    found = provider_limits.uses_of(world.alice.org_id)
    return {each.limit.key: (each.used, each.address) for each in found}


def test_only_providers_with_a_mailbox_are_told_of(world):
    assert uses(world) == {}
    mailbox_of(world.alice)

    assert uses(world) == {"mails_day": (0, ""), "units_hour": (0, "")}


def test_the_busiest_of_the_last_day_is_told(world):
    now = clock.now()
    alice, bob = mailbox_of(world.alice), mailbox_of(world.users["bob"])
    world.send(CAROL, LEO, at=now - HOUR)
    world.send(CAROL, at=now - HOUR)
    world.send(CAROL, at=now - 25 * HOUR)
    provider_use.note(alice.id, 3)
    provider_use.note(bob.id, 4)

    assert uses(world) == {
        "mails_day": (2, "alice@ours.test"),
        "units_hour": (80, "bob@ours.test"),
    }


def test_microsoft_counts_recipients_and_calls(world):
    mailbox = mailbox_of(world.alice, provider="microsoft")
    world.send(CAROL, LEO, at=clock.now() - HOUR)
    world.send(CAROL, at=clock.now() - HOUR)
    provider_use.note(mailbox.id, 9)

    assert uses(world) == {
        "recipients_day": (3, "alice@ours.test"),
        "calls_hour": (9, "alice@ours.test"),
    }


def test_every_limit_says_where_and_when_it_was_seen():
    for limit in provider_limits.LIMITS:
        assert limit.source.startswith("https://")
        assert limit.seen_on >= date(2026, 11, 26)
        assert limit.most > 0
