"""Who takes part in a captured mail: once each, in order, and of a mail to thousands not all."""

import pytest

from backend import db
from backend.capture.participants import MAX_PEOPLE
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import OURS, Taking
from tests.world import CAROL, DANA, LEO


@pytest.fixture
def take():
    return Taking()


def written():
    return db.rows("SELECT role, address, position FROM participant ORDER BY position, role")


def test_they_stand_in_the_order_of_the_mail(world, take):
    mail = letter(CAROL, f"{OURS}, {DANA}", message_id="<1@n.test>", headers={"Cc": LEO})

    take(mailbox_of(world.alice), mail)

    assert written() == [("from", CAROL, -1), ("to", OURS, 0), ("to", DANA, 1), ("cc", LEO, 2)]


def test_another_copy_adds_only_whom_it_alone_knows(world, take):
    mail = letter(OURS, CAROL, message_id="<1@p.test>", headers={"Bcc": LEO})
    take(mailbox_of(world.users["bob"]), mail)

    take(mailbox_of(world.alice), mail, is_sent=True)
    take(mailbox_of(world.users["mika"]), mail)

    assert [row[:2] for row in written()] == [("from", OURS), ("to", CAROL), ("bcc", LEO)]


def test_of_a_mail_to_thousands_a_bounded_number_is_written(world, take):
    everybody = ", ".join(f"p{number}@n.test" for number in range(MAX_PEOPLE + 10))

    take(mailbox_of(world.alice), letter(CAROL, everybody))

    assert len(written()) == MAX_PEOPLE
