"""Ending an organisation's grant, and whoever works with it at that very moment."""

import pytest

from backend.access import coverage, organisation
from backend.access.coverage import Choice
from backend.access.grants import SERVICE_KEY, grant_owner
from backend.access.members import Admin
from backend.access.organisation import Given
from backend.errors import Conflict
from backend.models.mailboxes import Mailbox, MailboxState
from backend.models.organisation_grants import Covers, OrganisationGrant
from backend.models.secrets import Secret
from backend.providers.google import ServiceKey
from tests.capture.taking import one_behind_the_other

ALL = Choice(Covers.ALL)
KEY = ServiceKey("telltale@project.test", "1", "id", "private")


@pytest.fixture
def ada(world):
    who = world.users["ada"]
    return Admin(who.org_id, who.id, who.email)


@pytest.fixture
def grant(ada, safe):
    made = organisation.save(ada, "google", Given("alice@ours.test", ("ours.test",), key=KEY), safe)
    OrganisationGrant.update(state="ready").execute()
    assert safe.has(grant_owner(made), SERVICE_KEY)
    return made


def on():
    live = Mailbox.select().where(Mailbox.state != MailboxState.DISCONNECTED)
    return {each.address.partition("@")[0] for each in live}


def test_nobody_is_opened_by_a_grant_that_is_being_ended(world, ada, grant, safe):
    said = []

    one_behind_the_other(
        lambda: organisation.end(ada, grant, safe),
        lambda: said.append(coverage.cover(ada, grant, ALL)),
    )

    assert (on(), said) == (set(), [False])


def test_who_was_opened_a_moment_before_the_end_is_closed_by_it(world, ada, grant, safe):
    one_behind_the_other(
        lambda: coverage.cover(ada, grant, ALL), lambda: organisation.end(ada, grant, safe)
    )

    assert Mailbox.select().count() == 4
    assert on() == set()


def test_a_grant_saved_while_the_old_one_ends_is_a_new_one_with_its_own_key(ada, grant, safe):
    given = Given("bob@ours.test", ("ours.test",), key=KEY)

    one_behind_the_other(
        lambda: organisation.end(ada, grant, safe),
        lambda: organisation.save(ada, "google", given, safe),
    )

    found = OrganisationGrant.get()
    assert (found.pilot, found.id != grant.id) == ("bob@ours.test", True)
    assert [row.owner_id for row in Secret.select()] == [found.id]


def test_nobody_switches_on_again_what_is_being_ended(world, ada, grant, safe):
    coverage.cover(ada, grant, ALL)
    hers = Mailbox.get(Mailbox.user_id == world.alice.id)
    Mailbox.update(state=MailboxState.DISCONNECTED, reason="").where(
        Mailbox.id == hers.id
    ).execute()
    said = []

    def switch_on():
        try:
            coverage.switch_on(world.alice, hers)
        except Conflict as error:
            said.append(error.slug)

    one_behind_the_other(lambda: organisation.end(ada, grant, safe), switch_on)

    assert (on(), said) == (set(), ["conflict"])
