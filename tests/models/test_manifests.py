"""The manifest's number rises with every change, also back to an earlier text, and never by two."""

from concurrent.futures import ThreadPoolExecutor

from backend import db
from backend.models.manifests import number_of


def test_it_stays_while_nothing_changes_and_rises_when_something_does(world):
    assert [number_of(text) for text in ("a", "a", "b", "b", "a")] == [1, 1, 2, 2, 3]


def test_twenty_that_ask_at_once_are_told_the_same(world, store):
    number_of("a")

    def one(_):
        with db.connection():
            return number_of("b")

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(one, range(20))) == {2}
