"""A link for a Google account is used once within its hour."""

from datetime import timedelta

from backend.models import google
from backend.models.google import GoogleLink, Offer
from tests.world import NOON

OFFER = Offer("https://accounts.google.com", "sub-1", "alice@ours.test")


def test_a_link_stands_for_its_account_once(world):
    code = google.issue_link(OFFER)

    assert google.use(code, world.alice.org_id) == OFFER
    assert google.use(code, world.alice.org_id) is None


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
    assert google.use(code, world.alice.org_id) is None
