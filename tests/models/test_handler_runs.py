"""A run of the handler is kept as it was told."""

from backend.models.handler_runs import HandlerRun, Run, note


def test_a_run_is_kept(world):
    note(world.alice.org_id, world.alice.id, Run("web", "1", "send", "stamped", 120))

    (row,) = HandlerRun.select()
    assert (row.user_id, row.client, row.event) == (world.alice.id, "web", "send")
    assert (row.outcome, row.duration_ms) == ("stamped", 120)
