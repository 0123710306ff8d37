"""People who sign in: invited, moved, ended, succeeded; and there is always an admin."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from backend import db
from backend.access import factors, members
from backend.access.members import Admin, Newcomer
from backend.errors import Conflict, Invalid, NotFound
from backend.insights import search, sent
from backend.insights.sent import SentQuery
from backend.insights.viewer import Viewer
from backend.models import pairing
from backend.models.access import (
    BY_SHELL,
    caller_of_session,
    caller_of_token,
    issue_signin_link,
    issue_token,
    open_session,
    open_session_of,
)
from backend.models.org import AuditLog, Organization, Team, User
from backend.models.pairing import OutlookClient, Standing
from backend.models.people import Person
from backend.tracking import mail_index
from tests.world import CAROL, hit, record


@pytest.fixture
def ada(world):
    user = world.users["ada"]
    return Admin(user.org_id, user.id, user.email)


def again(user):
    return User.get_by_id(user.id)


def actions():
    return [row.action for row in AuditLog.select().order_by(AuditLog.id)]


def test_a_newcomer_is_there_with_her_role_and_has_no_way_in(ada, world):
    user = members.add(ada, Newcomer("new@ours.test", "", "manager", world.alice.team_id))

    assert (user.name, user.role, user.org_id) == ("new", "manager", ada.org_id)
    assert not factors.is_on(user.id)
    assert actions() == ["user.invited"]
    with pytest.raises(Conflict):
        members.add(ada, Newcomer("new@ours.test", "", "rep"))


def test_a_new_role_ends_the_sessions_and_a_new_team_does_not(ada, world):
    bob = world.users["bob"]
    text = open_session_of(bob, BY_SHELL)

    members.change(ada, bob, "rep", None)
    assert caller_of_session(text).team_id is None
    members.change(ada, again(bob), "manager", world.alice.team_id)

    assert caller_of_session(text) is None
    assert again(bob).role == "manager"


def test_disabling_ends_every_way_in(ada, world):
    bob = world.users["bob"]
    text, token, link = (
        open_session_of(bob, BY_SHELL),
        issue_token(bob, "api"),
        issue_signin_link(bob),
    )

    members.disable(ada, bob)

    assert (caller_of_session(text), caller_of_token(token), open_session(link)) == (None,) * 3
    members.enable(ada, again(bob))
    assert (caller_of_session(text), caller_of_token(token), open_session(link)) == (None,) * 3
    assert open_session(issue_signin_link(bob))


def test_what_comes_to_be_while_a_user_is_disabled_opens_nothing_later(ada, world):
    bob = world.users["bob"]
    started = pairing.start(bob.email, OutlookClient.WEB)
    pairing.answer(pairing.waiting(started.user_code), bob, is_approved=True)

    members.disable(ada, bob)
    # Of requests that had begun before.
    text, token, link = (
        open_session_of(bob, BY_SHELL),
        issue_token(bob, "api"),
        issue_signin_link(bob),
    )
    members.enable(ada, again(bob))

    assert (caller_of_session(text), caller_of_token(token), open_session(link)) == (None,) * 3
    assert pairing.collect(started.device_code) == (Standing.EXPIRED, None)


def test_there_is_always_an_admin(ada, world):
    with pytest.raises(Conflict):
        members.change(ada, world.users["ada"], "rep", None)
    with pytest.raises(Conflict):
        members.disable(ada, world.users["ada"])

    second = members.add(ada, Newcomer("second@ours.test", "", "admin"))
    members.change(ada, world.users["ada"], "rep", None)
    with pytest.raises(Conflict):
        members.disable(ada, second)


def test_two_admins_who_remove_each_other_at_once_leave_one(ada, world):
    second = members.add(ada, Newcomer("second@ours.test", "", "admin"))
    pairs = [(ada, second), (Admin(ada.org_id, second.id, second.email), world.users["ada"])]

    def one(pair):
        with db.connection():
            try:
                members.disable(*pair)
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(one, pairs)) == 1
    assert User.select().where(User.role == "admin", ~User.is_disabled).count() == 1


@pytest.mark.req("R41")
def test_people_and_mails_are_handed_over_with_what_happened_to_them(ada, world):
    Person.update(owner_id=world.alice.id).execute()
    stamped = world.send(compose_id="one")
    record(hit(world.open_token(stamped)))

    moved = members.transfer(ada, world.alice, world.users["bob"])

    assert moved == {"people": 3, "mails": 1}
    bob = world.users["bob"].id
    for table in ("email_message", "stamp", "engagement"):
        assert db.rows(f"SELECT DISTINCT user_id FROM {table}") == [(bob,)], table
    assert again(world.users["bob"]).feed_version > 0
    record(hit(world.open_token(stamped), after=4000, reader="two"))
    assert db.rows("SELECT DISTINCT user_id FROM engagement") == [(bob,)]


@pytest.mark.req("R41")
def test_mails_that_are_handed_over_are_found_by_their_heir(ada, world):
    world.send(CAROL, subject="A rare one", compose_id="one")
    mail_index.write()

    members.transfer(ada, world.alice, world.users["bob"])
    mail_index.write()

    users = (world.alice, world.users["bob"])
    viewers = [Viewer(user.id, user.org_id, user.role, user.team_id) for user in users]
    assert [len(search.find(viewer, "rare").mails) for viewer in viewers] == [0, 1]
    assert [len(search.find(viewer, "example.com").links) for viewer in viewers] == [0, 1]
    pages = [sent.page(viewer, SentQuery(q="rare")).items for viewer in viewers]
    assert [len(items) for items in pages] == [0, 1]


def test_only_somebody_of_ours_who_can_sign_in_takes_over(ada, world):
    bob = world.users["bob"]
    with pytest.raises(Invalid):
        members.transfer(ada, bob, bob)
    members.disable(ada, bob)
    with pytest.raises(Invalid):
        members.transfer(ada, world.alice, again(bob))


def test_another_organisation_is_out_of_reach(ada, world):
    theirs = Team.create(org_id=Organization.get(Organization.name == "Theirs").id, name="X")

    with pytest.raises(NotFound):
        members.one(ada.org_id, world.users["mallory"].id)
    with pytest.raises(NotFound):
        members.change(ada, world.alice, "rep", theirs.id)
    with pytest.raises(NotFound):
        members.remove_team(ada, theirs.id)


def test_teams_come_and_go_and_their_members_stay(ada, world):
    team = members.add_team(ada, " North ")
    members.change(ada, world.alice, "rep", team.id)

    with pytest.raises(Conflict):
        members.add_team(ada, "North")
    with pytest.raises(Invalid):
        members.add_team(ada, "  ")
    members.remove_team(ada, team.id)

    assert again(world.alice).team_id is None
    assert [each.name for each in members.teams_of(ada.org_id)] == ["Sales"]


def test_a_lost_second_factor_is_taken_off(ada, world, safe):
    text = open_session_of(world.alice, BY_SHELL)

    members.forget_factor(ada, world.alice, safe)

    assert caller_of_session(text) is None
    assert actions() == ["user.factor_removed"]


def test_everybody_is_listed_the_disabled_last(ada, world):
    members.disable(ada, world.users["bob"])

    assert [user.name for user in members.all_of(ada.org_id)] == ["ada", "alice", "mika", "bob"]
    assert CAROL not in {user.email for user in members.all_of(ada.org_id)}
