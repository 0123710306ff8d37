"""An organisation's grants as rows: one at each provider, and nobody else's."""

from backend.models.organisation_grants import Covers, OrganisationGrant, grant_of


def test_a_grant_is_found_by_whose_it_is_and_where(world):
    org_id, other = world.alice.org_id, world.users["mallory"].org_id
    made = OrganisationGrant.create(
        org_id=org_id, provider="google", domains=["ours.test"], state="new"
    )

    found = grant_of(org_id, "google")

    assert (found.id, found.domains, found.covers) == (made.id, ["ours.test"], Covers.NOBODY)
    assert grant_of(org_id, "microsoft") is None
    assert grant_of(other, "google") is None
