"""The few addresses with a +tag are looked up without reading all the others."""

import pytest

from backend.capture.matching import TAGGED
from tests.models.plans import plan_of


@pytest.mark.parametrize("table", ["participant", "attendee"])
def test_addresses_with_a_tag_have_an_index_of_their_own(world, table):
    sql = f"SELECT address FROM {table} WHERE org_id = %s AND {TAGGED}"

    assert f"{table}_tagged" in plan_of(sql, [world.alice.org_id])
