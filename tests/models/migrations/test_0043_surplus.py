"""The surplus of a mail is found by indexes, and goes with the mail."""

from backend import clock, db
from backend.capture import purging
from backend.models.mail import Stamp
from backend.tracking import surplus_rows
from tests.models.plans import plan_of
from tests.world import World


def test_the_lines_of_a_crowd_are_found_by_an_index(world: World) -> None:
    plan = plan_of(
        f"SELECT id FROM hit WHERE stamp_id = %s{surplus_rows.unless_surplus()}", [world.alice.id]
    )

    assert "surplus_crowd" in plan


def test_a_mail_that_goes_takes_its_surplus_along(world: World) -> None:
    stamp = Stamp.get_by_id(world.send().id)
    now = clock.now()
    db.insert_rows(
        "surplus",
        surplus_rows.COLUMNS,
        [(clock.new_id(), now, now, 1, "c", stamp.id, b"", None, stamp.org_id, stamp.id)],
    )

    with db.transaction():
        purging.purge([stamp.message_id])

    assert db.one("SELECT count(*) FROM surplus") == (0,)
