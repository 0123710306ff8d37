"""A choice goes with the person it was made for."""

from backend import clock, db


def test_a_choice_goes_with_its_person(world):
    carol = world.people["carol"]
    db.execute(
        "INSERT INTO address_choice (org_id, address, person_id, actor, chosen_at)"
        " VALUES (%s, 'x@y.test', %s, 'alice', %s)",
        [carol.org_id, carol.id, clock.now()],
    )

    db.execute("DELETE FROM person WHERE id = %s", [carol.id])

    assert db.rows("SELECT * FROM address_choice") == []
