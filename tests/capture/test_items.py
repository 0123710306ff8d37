"""The mails that wait: their order, their ends, and the five faults before one is set aside."""

from dataclasses import dataclass

import pytest

from backend import clock, db
from backend.capture import items
from backend.capture.items import ItemState
from backend.models.mailboxes import Mailbox
from tests.capture.letters import mailbox_of


@dataclass
class Queue:
    """A mailbox's queue."""

    mailbox: Mailbox

    def __call__(self, *ids, is_live=False):
        return items.queue(self.mailbox.org_id, self.mailbox.id, ids, is_live=is_live)

    @property
    def mailbox_id(self):
        return self.mailbox.id


@pytest.fixture
def queue(world):
    return Queue(mailbox_of(world.alice))


def test_new_mail_comes_before_the_back_fill_each_in_its_order(queue):
    queue("old-2", "old-1")
    queue("new-1", "new-2", is_live=True)

    assert items.waiting(queue.mailbox_id, 10) == ["new-1", "new-2", "old-2", "old-1"]


def test_an_id_is_queued_once(queue):
    assert queue("a", "b", "a") == 2
    items.finish(queue.mailbox_id, {"a": items.CAPTURED})

    assert queue("a", "b", "c") == 1
    assert items.waiting(queue.mailbox_id, 10) == ["b", "c"]


def test_a_back_filled_mail_that_is_told_as_new_moves_to_the_front(queue):
    queue("a", "b")
    queue("b", is_live=True)

    assert items.waiting(queue.mailbox_id, 1) == ["b"]


def test_ids_that_differ_in_case_are_different_mails(queue):
    assert queue("AAMk", "aamk") == 2


def test_five_faults_set_a_mail_aside(queue):
    queue("a")

    states = [items.fail(queue.mailbox_id, "a", "ValueError") for _ in range(5)]

    assert states == [ItemState.RETRY] * 4 + [ItemState.QUARANTINED]
    assert items.waiting(queue.mailbox_id, 10) == []
    assert items.quarantined(queue.mailbox_id) == [("a", "ValueError")]


def test_a_fault_waits_before_the_next_try(queue):
    queue("a")
    items.fail(queue.mailbox_id, "a", "ValueError")

    assert items.waiting(queue.mailbox_id, 10) == []
    db.execute("UPDATE sync_item SET next_try_at = %s", [clock.now()])
    assert items.waiting(queue.mailbox_id, 10) == ["a"]
