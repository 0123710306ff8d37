"""links.db: written by the drain, read by the edge, kept for ever."""

import sqlite3
from typing import Any

import pytest

from backend.errors import Unavailable
from backend.tracking.linkbook import Link, LinkBook, LinkReader

A, B = "a" * 32, "b" * 32


@pytest.fixture
def book(tmp_path):
    book = LinkBook(tmp_path / "links.db")
    yield book
    book.close()


def test_the_same_link_twice_is_one_link_with_the_later_target(book):
    book.put_many([Link(A, "https://old.test/", 3), Link(B, "https://b.test/", 3)])

    put = book.put_many([Link(A, "https://new.test/", 3)])

    assert (put, book.count(), book.get(A), book.get(B)) == (
        1,
        2,
        "https://new.test/",
        "https://b.test/",
    )


def test_a_batch_is_put_whole_or_not_at_all(book):
    broken: Any = None

    with pytest.raises(sqlite3.Error):
        book.put_many([Link(A, "https://a.test/", 3), Link(B, broken, 3)])

    assert book.count() == 0


def test_a_reader_sees_what_is_put_later(book, tmp_path):
    reader = LinkReader(tmp_path / "links.db")
    before = reader.get(A)
    book.put_many([Link(A, "https://a.test/", 3)])

    assert (before, reader.get(A), reader.get(B)) == (None, "https://a.test/", None)
    reader.close()


def test_a_reader_cannot_write(book, tmp_path):
    reader = LinkReader(tmp_path / "links.db")
    reader.get(A)

    assert reader._db
    with pytest.raises(sqlite3.OperationalError):
        reader._db.execute("DELETE FROM link")
    reader.close()


def test_a_missing_book_holds_nothing_and_a_broken_one_says_so(tmp_path):
    reader = LinkReader(tmp_path / "links.db")
    missing = reader.get(A)
    (tmp_path / "links.db").write_bytes(b"broken" * 2_000)

    with pytest.raises(Unavailable):
        reader.get(A)
    assert missing is None
