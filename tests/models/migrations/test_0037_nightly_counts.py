"""Mails that lie apart are found by themselves, and a count goes with its mailbox."""

from backend import clock, db
from backend.capture import reconcile
from tests.capture.letters import mailbox_of
from tests.models.plans import plan_of


def test_mails_that_lie_apart_have_an_index_of_their_own(world):
    sql = (
        "SELECT reason, count(*) FROM sync_item WHERE state = 'quarantined'"
        f" AND mailbox_id {db.among('uuid')} GROUP BY reason"
    )

    assert "sync_item_set_aside" in plan_of(sql, [db.many([mailbox_of(world.alice).id])])


def test_a_count_goes_with_its_mailbox(world):
    mailbox = mailbox_of(world.alice)
    reconcile.is_wanted(mailbox, clock.now())

    db.execute("DELETE FROM mailbox WHERE id = %s", [mailbox.id])

    assert db.one("SELECT count(*) FROM reconciliation") == (0,)
