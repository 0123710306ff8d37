"""The audit log takes who did what."""

from backend.access import audit
from backend.models.org import AuditLog


def test_a_row_tells_who_did_what_to_which_thing(world):
    act = audit.Act("user.invited", "user", world.alice.id)

    audit.note(world.alice.org_id, "ada@ours.test", act, {"role": "rep"})

    (row,) = AuditLog.select()
    assert (row.actor, row.action, row.object_id) == ("ada@ours.test", act.action, world.alice.id)
    assert row.detail == {"role": "rep"}
