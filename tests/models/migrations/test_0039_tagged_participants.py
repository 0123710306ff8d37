"""The few addresses with a +tag are looked up without reading all the others."""

from backend.capture.matching import TAGGED
from tests.models.plans import plan_of


def test_addresses_with_a_tag_have_an_index_of_their_own(world):
    sql = f"SELECT address FROM participant WHERE org_id = %s AND {TAGGED}"

    assert "participant_tagged" in plan_of(sql, [world.alice.org_id])
