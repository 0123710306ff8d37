from backend import clock, db
from backend.people import moving
from backend.people.adding import add
from backend.people.values import Actor
from tests.world import CAROL, hit, record


def test_only_what_is_that_persons_moves(world):
    actor = Actor(world.alice.org_id, world.alice.id)
    other = add(actor, {"name": "Other"})
    hers = world.send(CAROL)
    leos = world.send("leo@martin.test")
    record(hit(world.open_token(hers)), hit(world.open_token(leos), after=120))
    merge_id = clock.new_id()
    db.execute(
        "INSERT INTO person_merge (id, org_id, kept_id, merged_id, actor, record, merged_at)"
        " VALUES (%s, %s, %s, %s, '', '{}', %s)",
        [merge_id, actor.org_id, other, world.people["carol"].id, clock.now()],
    )

    moving.move(actor.org_id, merge_id, world.people["carol"].id, other)

    assert [row["person_id"] for row in world.engagements(hers)] == [other]
    assert [row["person_id"] for row in world.engagements(leos)] == [world.people["leo"].id]
    moving.move_back(actor.org_id, merge_id, (other, world.people["carol"].id), [])
    assert [row["person_id"] for row in world.engagements(hers)] == [world.people["carol"].id]
