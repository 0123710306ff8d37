"""The worker writes the record in steps, for each organisation its own chain."""

from backend import clock, db
from backend.capture import recording
from backend.models import record


def insert(user, count):
    names = [
        "id",
        "org_id",
        "user_id",
        "direction",
        "status",
        "subject",
        "created_at",
        "captured_at",
    ]
    now = clock.now()
    db.insert_rows(
        "email_message",
        names,
        [
            (clock.new_id(), user.org_id, user.id, "sent", "sent", "x", now, now)
            for _ in range(count)
        ],
    )


def test_a_step_is_bounded_and_every_organisation_has_a_chain_of_its_own(world):
    insert(world.alice, recording.STEP + 2)
    insert(world.users["mallory"], 1)

    steps = [recording.step() for _ in range(3)]

    assert steps == [recording.STEP + 1, 2, 0]
    assert record.head(world.alice.org_id)[0] == recording.STEP + 2
    assert record.head(world.users["mallory"].org_id)[0] == 1


def test_what_is_not_captured_is_not_written_down(world):
    world.send()

    assert recording.step() == 0
