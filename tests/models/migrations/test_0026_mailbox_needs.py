"""What a mailbox cost goes with it."""

from backend import db
from backend.models import provider_use
from tests.capture.letters import mailbox_of


def test_what_a_mailbox_cost_goes_with_it(world):
    mailbox = mailbox_of(world.alice)
    provider_use.note(mailbox.id, 1)

    mailbox.delete_instance()

    assert db.rows("SELECT calls FROM provider_use") == []
