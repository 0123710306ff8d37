"""Of stamps that were joined before, and of those that never were, nobody says how."""

from backend import db


def test_a_stamp_that_has_met_no_captured_mail_says_nothing(world):
    stamped = world.stamp("carol@northwind.test")

    assert db.one("SELECT joined_by FROM stamp WHERE id = %s", [stamped.id]) == ("",)
