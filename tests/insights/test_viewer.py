"""Whose mail somebody sees."""

import pytest

from backend import clock
from backend.errors import NotFound
from backend.insights.viewer import visible_stamp
from backend.models.mail import EmailMessage
from backend.models.org import Team, User


def sees(viewer, stamped):
    try:
        return visible_stamp(viewer, stamped.id).id == stamped.id
    except NotFound:
        return False


RULES = (
    ("her own", "alice", "team", True),
    ("her own, private", "alice", "private", True),
    ("a colleague's", "bob", "team", False),
    ("her team's, as its manager", "mika", "team", True),
    ("her team's, but private", "mika", "private", False),
    ("a rep's, as admin", "ada", "team", False),
    ("another organisation's", "mallory", "team", False),
)


@pytest.mark.req("R41")
@pytest.mark.parametrize(("why", "name", "visibility", "is_seen"), RULES)
def test_who_may_see_the_mail_sees_its_tracking(world, as_viewer, why, name, visibility, is_seen):
    stamped = world.send()
    EmailMessage.update(visibility=visibility).execute()

    assert sees(as_viewer(name), stamped) == is_seen, why


@pytest.mark.req("R41")
def test_a_manager_of_another_team_sees_nothing(world, as_viewer):
    stamped = world.send()
    other = Team.create(org_id=world.alice.org_id, name="Support")
    User.update(team_id=other.id).where(User.id == world.users["mika"].id).execute()
    world.users["mika"] = User.get_by_id(world.users["mika"].id)

    assert not sees(as_viewer("mika"), stamped)


def test_a_manager_without_a_team_does_not_manage_those_without_one(world, as_viewer):
    stamped = world.send()
    User.update(team_id=None).execute()
    world.users["mika"] = User.get_by_id(world.users["mika"].id)

    assert not sees(as_viewer("mika"), stamped)


def test_a_manager_of_another_organisation_sees_nothing(world, as_viewer):
    stamped = world.send()
    User.update(role="manager", team_id=world.alice.team_id).where(
        User.id == world.users["mallory"].id
    ).execute()
    world.users["mallory"] = User.get_by_id(world.users["mallory"].id)

    assert not sees(as_viewer("mallory"), stamped)


def test_a_foreign_mail_is_refused_in_the_words_of_an_unknown_one(world, as_viewer):
    said = []
    for stamp_id in (world.send().id, clock.new_id()):
        with pytest.raises(NotFound) as refused:
            visible_stamp(as_viewer("mallory"), stamp_id)
        said.append(refused.value.detail)

    assert said[0] == said[1]
