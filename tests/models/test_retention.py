"""What is older than a term: counted from when a mail came here, in one's own organisation."""

from datetime import timedelta

from backend import clock, db
from backend.models.retention import Past, past
from tests.world import NOON


def test_a_mail_counts_from_when_it_was_captured_not_from_when_it_was_sent(world):
    stamped = world.send(at=NOON - timedelta(days=900))
    found = past(world.alice.org_id, 800)
    assert (found.mails, found.oldest_at) == (1, NOON - timedelta(days=900))

    db.execute(
        "UPDATE email_message SET captured_at = %s WHERE id = %s",
        [clock.now(), world.message(stamped).id],
    )

    assert past(world.alice.org_id, 800) == Past(800, 0, None)


def test_others_mail_is_not_counted(world):
    world.send(at=NOON - timedelta(days=900))

    assert past(world.users["mallory"].org_id, 800).mails == 0
