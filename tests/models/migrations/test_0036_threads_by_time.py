"""Mails of one thread are found by the thread, not among all mails of a mailbox before or after."""

import pytest

from backend import db
from backend.capture import replies
from tests.capture.letters import mailbox_of
from tests.models.plans import plan_of


@pytest.mark.parametrize("sql", [replies.ORIGINALS, replies.ANSWERS])
def test_a_thread_s_mails_are_looked_up_by_their_thread(world, sql):
    wanted = [db.many([]), mailbox_of(world.alice).id, 20 if sql is replies.ORIGINALS else "person"]

    found = plan_of(sql.format(db.among("uuid")), wanted)

    assert "message_copy_thread" in found
    assert "message_copy_received" not in found
