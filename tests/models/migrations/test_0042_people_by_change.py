"""Who was changed lately is found without reading everybody."""

import logging

from backend.capture import matching
from tests.models.plans import plan_of


def test_who_was_changed_lately_is_found_by_an_index(world, caplog):
    with caplog.at_level(logging.DEBUG, "peewee"):
        matching.rematch_changed()
    asked = [row.msg for row in caplog.records if row.name == "peewee"]
    question = next(each for each in asked if "updated_at >=" in each[0])

    assert "person_updated" in plan_of(*question)
