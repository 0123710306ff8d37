"""Whose an account at a provider is, and whether it signs her in or only connects her panels."""

import pytest

from backend.access import identities
from backend.errors import Conflict
from backend.models.identities import Identity
from backend.models.org import AuditLog, User
from backend.providers.openid import Account

ACCOUNT = Account("tenant", "object", "alice@tenant.test")


def signs_in(user):
    return identities.user_of(user.org_id, ACCOUNT) == user


@pytest.mark.parametrize(
    ("why", "ways", "is_way_in"),
    [
        ("linked to sign in", [True], True),
        ("linked for a panel", [False], False),
        ("a panel's, then linked to sign in", [False, True], True),
        ("linked to sign in, then for a panel", [True, False], True),
    ],
)
def test_an_account_is_good_for_what_it_was_linked_for(world, why, ways, is_way_in):
    for each in ways:
        identities.link(world.alice, "microsoft", ACCOUNT, is_way_in=each)

    assert identities.holder_of(ACCOUNT) == world.alice
    assert signs_in(world.alice) == is_way_in, why
    assert Identity.select().count() == 1


@pytest.mark.parametrize("is_way_in", [True, False])
def test_an_account_that_signs_somebody_in_stays_hers(world, is_way_in):
    identities.link(world.alice, "microsoft", ACCOUNT)
    audited = AuditLog.select().count()

    with pytest.raises(Conflict):
        identities.link(world.users["bob"], "microsoft", ACCOUNT, is_way_in=is_way_in)

    assert identities.holder_of(ACCOUNT) == world.alice
    assert signs_in(world.alice)
    assert AuditLog.select().count() == audited


@pytest.mark.parametrize("is_way_in", [True, False])
def test_one_that_only_connects_panels_is_whose_linked_it_last(world, is_way_in):
    identities.link(world.alice, "google", ACCOUNT, is_way_in=False)
    renamed = Account(ACCOUNT.issuer, ACCOUNT.subject, "renamed@ours.test")

    identities.link(world.users["bob"], "google", renamed, is_way_in=is_way_in)

    (row,) = Identity.select()
    assert (row.user_id, row.address) == (world.users["bob"].id, "renamed@ours.test")
    assert not signs_in(world.alice)
    assert signs_in(world.users["bob"]) == is_way_in


def test_an_account_signs_in_where_its_user_is_and_while_she_may(world):
    identities.link(world.alice, "microsoft", ACCOUNT)
    assert identities.user_of("01900000-0000-7000-8000-000000000001", ACCOUNT) is None

    User.update(is_disabled=True).where(User.id == world.alice.id).execute()

    assert identities.holder_of(ACCOUNT) is None
    assert not signs_in(world.alice)


@pytest.mark.parametrize("is_way_in", [True, False])
def test_an_account_that_leaves_the_panels_still_signs_in(world, is_way_in):
    identities.link(world.alice, "google", ACCOUNT, is_way_in=is_way_in)

    identities.leave_panels(ACCOUNT)

    assert identities.holder_of(ACCOUNT) is None
    assert signs_in(world.alice) == is_way_in
    identities.link(world.alice, "google", ACCOUNT, is_way_in=False)
    assert identities.holder_of(ACCOUNT) == world.alice


@pytest.mark.parametrize(
    ("issuer", "subject"), [("tenant", "OBJECT"), ("tenant", ""), ("other", "object")]
)
def test_another_subject_or_issuer_is_another_account(world, issuer, subject):
    identities.link(world.alice, "microsoft", ACCOUNT)

    assert identities.holder_of(Account(issuer, subject, ACCOUNT.address)) is None
