"""Who was changed lately is found without reading everybody."""

from backend import clock
from tests.models.plans import plan_of


def test_who_was_changed_lately_is_found_by_an_index(world):
    sql = (
        "SELECT p.org_id, a.address FROM person p JOIN person_address a ON a.person_id = p.id"
        " WHERE p.updated_at >= %s"
    )

    assert "person_updated" in plan_of(sql, [clock.now()])
