"""Whose mail a timeline is made of, and who may see it: the same as for one mail alone."""

import pytest

from backend import db
from backend.errors import NotFound
from backend.insights.people_mail import JOINED, About, messages
from backend.insights.viewer import visible, visible_stamp
from backend.models.mail import EmailMessage
from backend.models.org import User
from tests.world import CAROL, LEO


def seen(viewer, about):
    source, params = messages(viewer, about)
    condition, more = visible(viewer)
    found = db.rows(f"SELECT s.id FROM {source}{JOINED} WHERE {condition}", [*params, *more])
    return {stamp_id for (stamp_id,) in found}


def test_mail_from_before_a_person_was_known_is_found_by_the_address(world, as_viewer):
    before = world.send("new@acme.test")
    world.send(LEO)

    assert seen(as_viewer(), About([], ["new@acme.test"])) == {before.id}
    assert seen(as_viewer(), About([world.people["carol"].id], [CAROL])) == set()


@pytest.mark.req("R41")
@pytest.mark.parametrize("name", ["alice", "bob", "mika", "ada", "mallory"])
@pytest.mark.parametrize("visibility", ["org", "team", "private"])
@pytest.mark.parametrize("team", [True, False])
def test_many_are_seen_by_the_rule_that_one_is(world, as_viewer, name, visibility, team):
    stamped = world.send(CAROL)
    EmailMessage.update(visibility=visibility).execute()
    if not team:
        User.update(team_id=None).where(User.name == "mika").execute()
        world.users["mika"] = User.get(User.name == "mika")
    viewer = as_viewer(name)
    try:
        visible_stamp(viewer, stamped.id)
        alone = {stamped.id}
    except NotFound:
        alone = set()

    assert seen(viewer, About([world.people["carol"].id], [CAROL])) == alone
