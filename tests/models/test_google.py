"""A Google account belongs to one user, by a link that is used once within its hour."""

from datetime import timedelta

import pytest

from backend.models import google
from backend.models.google import GoogleIdentity, GoogleLink, Offer
from backend.models.org import User
from tests.world import NOON

OFFER = Offer("https://accounts.google.com", "sub-1", "alice@ours.test")


def linked(user, offer=OFFER):
    return google.accept(google.issue_link(offer), user.org_id, user.id)


def test_a_link_makes_the_account_its_users_once(world):
    code = google.issue_link(OFFER)

    assert google.accept(code, world.alice.org_id, world.alice.id) == OFFER
    assert google.accept(code, world.alice.org_id, world.alice.id) is None
    assert google.user_id_of(OFFER.issuer, OFFER.subject) == world.alice.id


def test_only_the_hash_of_a_link_is_kept(world):
    code = google.issue_link(OFFER)

    assert code not in GoogleLink.get().hash


def test_a_new_link_ends_the_one_before(world):
    old, new = google.issue_link(OFFER), google.issue_link(OFFER)

    assert (google.offer_of(old), google.offer_of(new)) == (None, OFFER)
    assert GoogleLink.select().count() == 1


def test_after_an_hour_a_link_no_longer_holds(world, time_machine):
    time_machine.move_to(NOON, tick=False)
    code = google.issue_link(OFFER)
    time_machine.shift(timedelta(hours=1))

    assert google.offer_of(code) is None
    assert google.accept(code, world.alice.org_id, world.alice.id) is None


def test_who_links_an_account_last_has_it(world):
    linked(world.alice)
    linked(world.users["bob"], Offer(OFFER.issuer, OFFER.subject, "renamed@ours.test"))

    (row,) = GoogleIdentity.select()
    assert (row.user_id, row.email) == (world.users["bob"].id, "renamed@ours.test")


@pytest.mark.parametrize("subject", ["sub-2", "SUB-1", ""])
def test_another_subject_is_another_account(world, subject):
    linked(world.alice)

    assert google.user_id_of(OFFER.issuer, subject) is None


def test_a_disabled_user_is_nobody(world):
    linked(world.alice)
    User.update(is_disabled=True).where(User.id == world.alice.id).execute()

    assert google.user_id_of(OFFER.issuer, OFFER.subject) is None


def test_a_link_is_taken_back(world):
    linked(world.alice)
    google.forget(OFFER.issuer, OFFER.subject)

    assert google.user_id_of(OFFER.issuer, OFFER.subject) is None
