"""Whose mailboxes an organisation opens: those chosen, those who came, and none of who left."""

import pytest

from backend import clock
from backend.access import coverage, mailboxes, members
from backend.access.connections import Clients
from backend.access.coverage import Choice, Standing
from backend.access.members import Admin, Newcomer
from backend.capture import leases
from backend.errors import Conflict
from backend.models.mailboxes import GrantedBy, Mailbox, MailboxState
from backend.models.organisation_grants import Covers, OrganisationGrant

ALL = Choice(Covers.ALL, visibility="private")


@pytest.fixture
def grant(world):
    return OrganisationGrant.create(
        org_id=world.alice.org_id, provider="google", domains=["ours.test"], state="ready"
    )


@pytest.fixture
def ada(world):
    who = world.users["ada"]
    return Admin(who.org_id, who.id, who.email)


def standings(grant):
    return {each.user.name: each.standing for each in coverage.people_of(grant)}


def on():
    live = Mailbox.select().where(Mailbox.state != MailboxState.DISCONNECTED)
    return {each.address.partition("@")[0] for each in live}


def test_all_means_everybody_of_the_organisation_and_its_domains(world, grant, ada):
    members.add(ada, Newcomer("guest@else.test", "guest", "rep"))

    coverage.cover(ada, grant, ALL)

    assert on() == {"alice", "bob", "mika", "ada"}
    assert standings(grant)["guest"] is Standing.ELSEWHERE
    assert {each.visibility for each in Mailbox.select()} == {"private"}


def test_choosing_people_leaves_what_else_was_changed_meanwhile(world, grant, ada):
    OrganisationGrant.update(state="new", pilot="bob@ours.test").execute()

    coverage.cover(ada, grant, ALL)

    found = OrganisationGrant.get()
    assert (found.covers, found.state, found.pilot) == (Covers.ALL, "new", "bob@ours.test")


def test_who_comes_after_an_admin_chose_others_or_ended_it_is_not_opened(world, grant, ada):
    coverage.cover(ada, grant, ALL)
    as_read = OrganisationGrant.get()
    coverage.cover(ada, grant, Choice(Covers.CHOSEN, frozenset({world.alice.id})))
    members.add(ada, Newcomer("nina@ours.test", "nina", "rep"))

    assert coverage.keep_up(as_read, "team") == 0
    assert on() == {"alice"}
    OrganisationGrant.delete().execute()
    assert coverage.keep_up(as_read, "team") == 0
    assert on() == {"alice"}


def test_who_is_chosen_no_more_is_closed_and_can_be_chosen_again(world, grant, ada):
    coverage.cover(ada, grant, Choice(Covers.CHOSEN, frozenset({world.alice.id})))
    assert on() == {"alice"}

    coverage.cover(ada, grant, Choice(Covers.CHOSEN, frozenset({world.users["bob"].id})))
    assert on() == {"bob"}
    assert standings(grant)["alice"] is Standing.OPEN
    coverage.cover(ada, grant, Choice(Covers.CHOSEN, frozenset({world.alice.id})))

    assert on() == {"alice"}
    assert Mailbox.select().count() == 2


def test_her_own_no_stands(world, grant, ada):
    Mailbox.create(
        org_id=world.alice.org_id, user_id=world.alice.id, provider="google",
        address=world.alice.email, state=MailboxState.DISCONNECTED,
    )  # fmt: skip

    coverage.cover(ada, grant, ALL)

    assert "alice" not in on()
    assert standings(grant)["alice"] is Standing.OFF


@pytest.mark.parametrize("reason", ["", coverage.UNCOVERED])
def test_one_that_is_being_erased_is_neither_opened_nor_closed(world, grant, ada, reason):
    coverage.cover(ada, grant, ALL)
    hers = Mailbox.user_id == world.alice.id
    Mailbox.update(state=MailboxState.ERASING, reason=reason).where(hers).execute()

    coverage.cover(ada, grant, ALL)
    coverage.keep_up(grant, "team")
    coverage.close_all(grant)

    assert Mailbox.get(hers).state == MailboxState.ERASING
    assert standings(grant)["alice"] is Standing.OFF


def test_who_comes_later_is_covered_and_who_leaves_is_not(world, grant, ada):
    coverage.cover(ada, grant, ALL)
    members.add(ada, Newcomer("newcomer@ours.test", "newcomer", "rep"))
    members.disable(ada, world.users["bob"])

    assert coverage.keep_up(grant, "team") == 2

    assert on() == {"alice", "mika", "ada", "newcomer"}
    assert coverage.keep_up(grant, "team") == 0
    members.enable(ada, world.users["bob"])
    assert coverage.keep_up(grant, "team") == 1


@pytest.mark.parametrize(
    ("why", "changes"),
    [("chosen people alone", {"covers": Covers.CHOSEN}), ("it does not work", {"state": "faulty"})],
)
def test_nobody_is_added_while(world, grant, ada, why, changes):
    OrganisationGrant.update({"covers": Covers.ALL} | changes).execute()

    assert coverage.keep_up(OrganisationGrant.get(), "team") == 0, why


def test_another_organisations_people_are_left_alone(world, grant, ada):
    mallory = world.users["mallory"]
    theirs = Mailbox.create(
        org_id=mallory.org_id, user_id=mallory.id, provider="google", address=mallory.email,
        granted_by=GrantedBy.ORGANISATION,
    )  # fmt: skip

    coverage.cover(ada, grant, ALL)
    coverage.keep_up(grant, "team")
    coverage.close_all(grant)

    assert Mailbox.get_by_id(theirs.id).state == MailboxState.CONNECTING


def test_only_what_she_switched_off_is_switched_on(world, grant, ada):
    coverage.cover(ada, grant, ALL)
    hers = Mailbox.get(Mailbox.user_id == world.alice.id)
    with pytest.raises(Conflict):
        coverage.switch_on(world.alice, hers)

    Mailbox.update(state=MailboxState.DISCONNECTED, since=clock.now()).execute()
    coverage.switch_on(world.alice, Mailbox.get_by_id(hers.id))

    assert on() == {"alice"}


def test_where_nobody_is_covered_any_more_nothing_is_switched_on(world, grant, ada):
    coverage.cover(ada, grant, ALL)
    Mailbox.update(state=MailboxState.DISCONNECTED).execute()
    coverage.cover(ada, grant, Choice(Covers.NOBODY))

    with pytest.raises(Conflict):
        coverage.switch_on(world.alice, Mailbox.get(Mailbox.user_id == world.alice.id))


def test_what_is_not_connected_is_neither_paused_nor_disconnected(world, grant, ada, safe):
    coverage.cover(ada, grant, Choice(Covers.CHOSEN, frozenset({world.alice.id})))
    coverage.cover(ada, grant, Choice(Covers.NOBODY))
    hers = Mailbox.get(Mailbox.user_id == world.alice.id)

    with pytest.raises(Conflict):
        mailboxes.pause(world.alice, hers)
    with pytest.raises(Conflict):
        mailboxes.disconnect(Clients(world.settings, safe), world.alice, hers, erase=False)

    found = Mailbox.get_by_id(hers.id)
    assert (found.state, found.reason) == (MailboxState.DISCONNECTED, coverage.UNCOVERED)


def test_what_is_being_erased_is_erased_whatever_else_was_pressed(world, grant, ada, safe):
    coverage.cover(ada, grant, ALL)
    connected = Mailbox.get(Mailbox.user_id == world.alice.id)
    clients = Clients(world.settings, safe)
    mailboxes.disconnect(clients, world.alice, connected, erase=False)
    off = Mailbox.get_by_id(connected.id)
    mailboxes.disconnect(clients, world.alice, connected, erase=True)

    for press in (
        lambda: mailboxes.pause(world.alice, connected),
        lambda: mailboxes.disconnect(clients, world.alice, connected, erase=False),
        lambda: mailboxes.disconnect(clients, world.alice, connected, erase=True),
        lambda: coverage.switch_on(world.alice, off),
    ):
        with pytest.raises(Conflict):
            press()

        assert Mailbox.get_by_id(connected.id).state == MailboxState.ERASING


def test_what_was_resumed_and_ended_is_not_resumed_again(world, grant, ada, safe):
    coverage.cover(ada, grant, ALL)
    mailboxes.pause(world.alice, Mailbox.get(Mailbox.user_id == world.alice.id))
    paused = Mailbox.get(Mailbox.user_id == world.alice.id)
    mailboxes.disconnect(Clients(world.settings, safe), world.alice, paused, erase=False)

    with pytest.raises(Conflict):
        mailboxes.resume(world.alice, paused)

    assert Mailbox.get_by_id(paused.id).state == MailboxState.DISCONNECTED


def test_a_turn_that_is_under_way_brings_in_nothing_of_who_is_chosen_no_more(world, grant, ada):
    coverage.cover(ada, grant, Choice(Covers.CHOSEN, frozenset({world.alice.id})))
    lease = leases.take(Mailbox.get().id, "worker")

    coverage.cover(ada, grant, Choice(Covers.NOBODY))

    with pytest.raises(leases.LeaseLost):
        leases.hold(lease)
