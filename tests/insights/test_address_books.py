"""What is told of the address books that people bring in."""

import pytest

from backend import clock, db
from backend.capture import streams
from backend.insights import address_books
from backend.insights.address_books import Book
from tests.capture.letters import mailbox_of


@pytest.fixture
def mailbox(world):
    return mailbox_of(world.alice, brings_contacts=True)


def entry(mailbox, name, rule, person_id=None):
    db.execute(
        "INSERT INTO book_entry (mailbox_id, provider_id, org_id, person_id, rule, digest, written,"
        " generation) VALUES (%s, %s, %s, %s, %s, '', '{}', 1)",
        [mailbox.id, name, mailbox.org_id, person_id, rule],
    )


def test_entries_that_are_people_are_counted_and_others_by_why_they_are_not(world, mailbox):
    carol = world.people["carol"].id
    for name, rule, person_id in (
        ("c1", "added", carol), ("c2", "matched", carol),
        ("c3", "internal", None), ("c4", "internal", None), ("c5", "nobody", None),
    ):  # fmt: skip
        entry(mailbox, name, rule, person_id)
    stream = streams.of(mailbox.org_id, mailbox.id, "contacts")
    streams.rest(stream, clock.now())
    streams.wait(stream, clock.now(), "later")

    (found,) = address_books.of_organisation(world.alice.org_id).values()

    assert (found.people, found.left_out) == (2, {"internal": 2, "nobody": 1})
    assert list(found.left_out) == ["internal", "nobody"]  # the most come first
    assert found.reason == "later"
    assert found.as_of is not None


def test_a_book_that_was_not_looked_at_yet_is_empty_and_one_that_is_off_is_none(world, mailbox):
    mailbox_of(world.users["bob"])

    assert address_books.of_user(world.alice.id) == {mailbox.id: Book()}
    assert address_books.of_user(world.users["bob"].id) == {}
