"""An organisation that was there before keeps its mail for ever, unless it has chosen a term."""

import runpy

import pytest

from backend import db
from backend.models.schema import MIGRATIONS
from backend.tracking.policy import policy_of


@pytest.mark.parametrize(
    ("why", "before", "days"),
    [
        ("nothing chosen", {}, None),
        ("other choices stay", {"preset": "strict"}, None),
        ("a term of its own stays", {"retention_days": 90}, 90),
    ],
)
def test_an_upgrade_shortens_nothing(world, why, before, days):
    world.set_policy(**before)
    up = runpy.run_path(str(MIGRATIONS / "0020_retention.py"))["up"]

    up(None, db.database.obj)

    policy = policy_of(world.alice.org_id)
    assert policy.retention_days == days, why
    assert policy.preset == before.get("preset", "inform")


def test_a_new_organisation_keeps_mail_for_two_years(world):
    assert policy_of(world.users["mallory"].org_id).retention_days == 730
