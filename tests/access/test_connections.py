"""What an admin changes at a connection is to be tried anew, and so is what rests on it."""

import pytest

from backend import clock
from backend.access import connections
from backend.access.connections import Keys, State
from backend.access.members import Admin
from backend.models.organisation_grants import OrganisationGrant


@pytest.fixture(scope="module")
def database_url():
    return ""


def test_another_app_is_another_organisation_grant_at_microsoft_alone(world, safe):
    ada, mallory = world.users["ada"], world.users["mallory"]
    for user, provider in ((ada, "microsoft"), (ada, "google"), (mallory, "microsoft")):
        OrganisationGrant.create(
            org_id=user.org_id, provider=provider, state=State.READY, reason="x"
        )
    admin = Admin(ada.org_id, ada.id, ada.email)

    for provider in ("microsoft", "google"):
        connections.save(admin, provider, Keys("client", "tenant", "", False), safe)

    found = {
        (each.org_id, each.provider): (each.state, each.reason)
        for each in OrganisationGrant.select()
    }
    assert found == {
        (ada.org_id, "microsoft"): (State.NEW, ""),
        (ada.org_id, "google"): (State.READY, "x"),
        (mallory.org_id, "microsoft"): (State.READY, "x"),
    }


def test_keys_that_are_saved_during_a_test_are_neither_lost_nor_tested_by_it(world, safe):
    ada = world.users["ada"]
    admin = Admin(ada.org_id, ada.id, ada.email)
    under_test = connections.save(admin, "google", Keys("old", "", "", False), safe)
    connections.save(admin, "google", Keys("new", "", "", True), safe)

    connections.note(under_test, State.READY, tested_at=clock.wall())

    found = connections.find(ada.org_id, "google")
    assert (found.client_id, found.state, found.detail) == ("new", State.NEW, {"signin": True})
