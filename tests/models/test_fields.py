"""Column types: the same Python values in and out on both engines."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from backend import clock
from backend.models.fields import JsonField, MaybeTimeField, TimeField
from backend.models.org import ApiToken, Organization, Team, User

AT = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)


def test_a_row_gets_an_id_that_knows_its_time(world):
    team = Team.create(org_id=world.alice.org_id, name="New")

    assert abs(clock.id_time(team.id) - clock.now()) < timedelta(minutes=1)
    assert Team.get_by_id(team.id).name == "New"


def test_json_comes_back_as_it_went_in(world):
    policy = {"a": [1, 2.5, None, True, {"ä": "\u2028"}]}

    org = Organization.create(name="x", policy=policy)

    assert Organization.get_by_id(org.id).policy == policy


def test_a_time_comes_back_in_utc_to_the_microsecond(world):
    elsewhere = AT.astimezone(timezone(timedelta(hours=5, minutes=45)))

    org = Organization.create(name="x", created_at=elsewhere)

    found = Organization.get_by_id(org.id).created_at
    assert (found, found.utcoffset()) == (AT, timedelta())
    assert Organization.get(Organization.created_at == elsewhere).id == org.id


def test_what_has_not_happened_is_none(world):
    token = ApiToken.create(org_id=world.alice.org_id, user_id=world.alice.id, scope="api",
                            hash="x")  # fmt: skip

    assert ApiToken.get_by_id(token.id).revoked_at is None
    assert User.get_by_id(world.users["mallory"].id).team_id is None


def test_a_flag_is_true_or_false_and_false_at_first(world):
    assert User.get_by_id(world.alice.id).is_disabled is False

    User.update(is_disabled=True).execute()

    assert User.get_by_id(world.alice.id).is_disabled is True


@pytest.mark.parametrize("field", [TimeField(), MaybeTimeField()])
def test_a_time_without_a_zone_does_not_reach_the_database(field):
    with pytest.raises(ValueError, match="without a zone"):
        field.db_value(AT.replace(tzinfo=None))


def test_nothing_stays_nothing():
    assert MaybeTimeField().db_value(None) is None
    assert JsonField().db_value(None) is None
