"""A policy is stored whole and what was before is in the audit log."""

from concurrent.futures import ThreadPoolExecutor

from backend import db
from backend.models.org import AuditLog
from backend.tracking import policy_changes
from backend.tracking.policy import policy_of


def test_what_is_given_changes_and_the_rest_stays(world):
    world.set_policy(preset="strict", hosting_asns=[1])

    changed = policy_changes.store(world.alice.org_id, "ada@ours.test", {"preset": "off"})

    policy = policy_of(world.alice.org_id)
    assert (changed, policy.preset, policy.hosting_asns) == (["preset"], "off", (1,))
    (row,) = AuditLog.select()
    assert row.detail == {"preset": {"before": "strict", "after": "off"}}


def test_the_same_again_changes_nothing(world):
    for _ in range(2):
        policy_changes.store(world.alice.org_id, "ada@ours.test", {"preset": "off"})

    assert AuditLog.select().count() == 1


def test_only_what_differs_from_what_held_is_a_change(world):
    given = {"preset": "strict", "open_count_cap": 101, "left_domains": [], "notice": "block"}

    changed = policy_changes.store(world.alice.org_id, "ada@ours.test", given)

    assert changed == ["preset", "notice"]
    (row,) = AuditLog.select()
    assert row.detail == {
        "preset": {"before": "inform", "after": "strict"},
        "notice": {"before": "", "after": "block"},
    }
    assert policy_of(world.alice.org_id).open_count_cap == 101


def test_changes_at_once_lose_nothing(world):
    names = ("open_count_cap", "gathering_cycle_s", "notice", "preset")

    def one(name):
        with db.connection():
            value = 7 if name.endswith(("cap", "_s")) else "off"
            policy_changes.store(world.alice.org_id, "ada@ours.test", {name: value})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, names))

    policy = policy_of(world.alice.org_id)
    assert (policy.open_count_cap, policy.gathering_cycle_s, policy.preset) == (7, 7, "off")
