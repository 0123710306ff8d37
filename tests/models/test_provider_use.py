"""What mailboxes cost at their providers, by the hour."""

from datetime import timedelta

from backend import clock, db
from backend.models import provider_use
from tests.capture.letters import mailbox_of


def test_calls_of_an_hour_add_up_and_the_day_before_goes(world, time_machine):
    mailbox = mailbox_of(world.alice)
    time_machine.move_to(clock.now().replace(minute=10))
    for calls in (2, 3):
        provider_use.note(mailbox.id, calls)
    assert db.rows("SELECT calls FROM provider_use") == [(5,)]

    time_machine.shift(timedelta(hours=26))
    provider_use.note(mailbox.id, 7)

    assert provider_use.forget_old() == 1
    assert db.rows("SELECT calls FROM provider_use") == [(7,)]


def test_of_a_mailbox_that_is_gone_nothing_is_noted(world):
    provider_use.note(clock.new_id(), 5)

    assert db.rows("SELECT calls FROM provider_use") == []
