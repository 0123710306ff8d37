"""Links of any length on PostgreSQL, whose index entries have a limit."""

import peewee
import psycopg
import pytest

from backend import db
from backend.models.mail import TrackedLink

LONGEST = 8_000  # what stamping wraps at most


@pytest.fixture
def link(world):
    """Values of a new link in a mail's copy."""
    known = TrackedLink.get(TrackedLink.stamp_id == world.stamp().id)

    def values(token, **changes):
        copied = {name: getattr(known, name) for name in ("org_id", "stamp_id", "copy_id", "text")}
        return copied | {"position": 7, "occurrence": 0, "token": token} | changes

    return values


# Random letters: PostgreSQL would compress "xxx" to a size that any index takes.
URL = "https://example.com/" + "".join(
    f"{number * 2_654_435_761 % 2**32:08x}" for number in range(LONGEST // 8)
)


def test_a_link_of_the_longest_kind_is_stored_and_found(link):
    TrackedLink.create(**link("a" * 32, url=URL))

    assert TrackedLink.get(TrackedLink.token == "a" * 32).url == URL


def test_it_stands_once_in_its_place(link):
    TrackedLink.create(**link("a" * 32, url=URL))

    with pytest.raises((peewee.IntegrityError, psycopg.IntegrityError)), db.transaction():
        TrackedLink.create(**link("b" * 32, url=URL))

    TrackedLink.create(**link("c" * 32, url=URL, occurrence=1))
    TrackedLink.create(**link("d" * 32, url=URL + "x"))
    assert TrackedLink.select().where(TrackedLink.position == 7).count() == 3
