"""Hits that wait and links go out of one data folder and into another."""

import sqlite3
from contextlib import closing

import pytest

from backend.backup import edge_parts
from backend.backup.edge_parts import HitLog
from backend.errors import Conflict
from backend.tracking.hitlog import Tally
from backend.tracking.hitlog_drained import FileSource
from backend.tracking.hitlog_file import FileSink
from backend.tracking.linkbook import Link, LinkBook
from tests.hitlog import put
from tests.world import NOON, hit

ONE, TWO = (Link(f"token{number}", f"https://example.com/{number}\t\\", 7) for number in (1, 2))


@pytest.fixture
def hits():
    return [hit(f"token{number}", after=number) for number in range(10)]


def a_log(path, packets):
    with closing(FileSink(path)) as sink:
        sink.salt(NOON.date())
        for packet in packets:
            put(sink, packet, Tally())


def drained(path, count):
    with closing(FileSource(path)) as source:
        source.read(1)
        source.done(str(count))


def waiting(path):
    with closing(FileSource(path)) as source:
        return list(source.read(100).hits)


def moved(tmp_path, drained_to):
    blocks = list(HitLog(tmp_path / "hits.db").waiting())
    with closing(FileSink(tmp_path / "there.db")) as sink:
        return edge_parts.put_hits(sink, blocks, drained_to)


def test_hits_that_wait_are_the_same_in_another_log(tmp_path, hits):
    a_log(tmp_path / "hits.db", [hits[:4], hits[4:5], hits[5:]])

    assert moved(tmp_path, 0) == 10
    assert waiting(tmp_path / "there.db") == hits


@pytest.mark.parametrize("position", [4, 5, 7, 10])
def test_hits_that_the_tables_have_stay_out(tmp_path, hits, position):
    a_log(tmp_path / "hits.db", [hits[:4], hits[4:5], hits[5:]])

    assert moved(tmp_path, position) == 10 - position
    assert waiting(tmp_path / "there.db") == hits[position:]


def test_hits_that_were_drained_before_are_not_read(tmp_path, hits):
    a_log(tmp_path / "hits.db", [hits[:4], hits[4:]])
    drained(tmp_path / "hits.db", 4)

    (block,) = HitLog(tmp_path / "hits.db").waiting()

    assert block.count(b"\n") == 1


def test_what_waits_in_the_other_log_stays(tmp_path, hits):
    a_log(tmp_path / "hits.db", [hits[:4]])
    a_log(tmp_path / "there.db", [hits[4:]])

    moved(tmp_path, 0)

    assert waiting(tmp_path / "there.db") == hits[4:] + hits[:4]


def test_the_salt_of_the_day_is_in_no_block(tmp_path, hits):
    a_log(tmp_path / "hits.db", [hits])
    with closing(sqlite3.connect(tmp_path / "hits.db")) as log:
        (salt,) = log.execute("SELECT value FROM salt").fetchone()

    (block,) = HitLog(tmp_path / "hits.db").waiting()

    assert salt.hex().encode() not in block
    assert salt not in block


def test_no_log_has_no_hits_and_one_of_an_earlier_form_is_told(tmp_path):
    assert (HitLog(tmp_path / "hits.db").id, list(HitLog(tmp_path / "hits.db").waiting())) == (
        "",
        [],
    )

    with closing(sqlite3.connect(tmp_path / "hits.db")) as log:
        log.execute("CREATE TABLE hit (position INTEGER PRIMARY KEY)")
    with pytest.raises(Conflict, match="start the edge once"):
        HitLog(tmp_path / "hits.db")


def test_links_are_added_to_those_that_are_there(tmp_path):
    assert list(edge_parts.links(tmp_path / "links.db")) == []
    with closing(LinkBook(tmp_path / "links.db")) as book:
        book.put_many([ONE])
    with closing(LinkBook(tmp_path / "there.db")) as book:
        book.put_many([TWO])

    assert edge_parts.put_links(tmp_path / "there.db", edge_parts.links(tmp_path / "links.db")) == 1

    with closing(LinkBook(tmp_path / "there.db")) as book:
        assert (book.get(ONE.token), book.get(TWO.token)) == (ONE.url, TWO.url)
