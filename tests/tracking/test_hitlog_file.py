"""hits.db as its writer sees it, and as the drain reads it."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest

from backend import clock
from backend.errors import SettingsError
from backend.tracking.facts import Kind, NetworkFacts, RawHit
from backend.tracking.hitlog import NotStored, OutcomeUnknown, Tally, unpack
from backend.tracking.hitlog_drained import FileSource
from backend.tracking.hitlog_file import FileSink, _fault_of
from tests.hitlog import put

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOTHING = Tally()


def hit(number=0):
    at = NOON + timedelta(microseconds=number)
    return RawHit(
        id=clock.new_id(at),
        token=f"{number:a>32}",
        kind=Kind.CLICK,
        received_at=at,
        user_agent="Agent ü",
        headers={"dnt": "1"},
        reader_key=b"\0" * 16,
        network=NetworkFacts(15169, "US", is_approximate=True, lists=("apple", "google")),
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "hits.db"


@pytest.fixture
def sink(path):
    sink = FileSink(path)
    yield sink
    sink.close()


@pytest.fixture
def source(path):
    source = FileSource(path)
    yield source
    source.close()


def rows(path):
    db = sqlite3.connect(path)
    try:
        return sum(len(unpack(hits)) for (hits,) in db.execute("SELECT hits FROM packet"))
    finally:
        db.close()


def refuse(sink):
    """Have the file take no hit."""
    sink._db.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON packet BEGIN SELECT RAISE(ABORT, 'refused'); END"
    )


def accept(path):
    """Have it take them again."""
    db = sqlite3.connect(path)
    db.execute("DROP TRIGGER refuse")
    db.close()


def test_hits_come_out_as_they_went_in_and_in_order(sink, source):
    hits = [hit(number) for number in range(5)]

    put(sink, hits[:3], NOTHING)
    put(sink, hits[3:], NOTHING)

    assert source.read(4).hits == tuple(hits[:4])
    assert source.read(100).hits == tuple(hits)


def test_what_is_done_is_not_read_again_also_by_the_next_drain(sink, source, path):
    put(sink, [hit(1), hit(2), hit(3)], NOTHING)
    source.done(source.read(2).position)

    next_drain = FileSource(path)

    assert source.read(10).hits == (hit_like(source, 3),)
    assert len(next_drain.read(10).hits) == 1
    next_drain.close()


def test_what_is_behind_a_batch_can_be_read_before_that_is_done(sink, source):
    hits = [hit(number) for number in range(5)]
    put(sink, hits, NOTHING)

    first = source.read(2)
    second = source.read(2, first.position)
    source.done(first.position)

    assert (first.hits, second.hits) == (tuple(hits[:2]), tuple(hits[2:4]))
    assert source.read(10).hits == tuple(hits[2:])


def hit_like(source, number):
    return next(one for one in source.read(10).hits if one.token == f"{number:a>32}")


def test_a_batch_of_any_size_is_stored_whole(sink, source):
    for size in (1, 2, 63, 64, 65, 2_048, 2_049, 5_000):
        put(sink, [hit()._replace(id=clock.new_id()) for _ in range(size)], NOTHING)

    assert len(source.read(100_000).hits) == 1 + 2 + 63 + 64 + 65 + 2_048 + 2_049 + 5_000


def test_only_the_writer_deletes_and_only_what_is_done(sink, source, path):
    put(sink, [hit(number) for number in range(5)], NOTHING)
    put(sink, [hit(number) for number in range(5, 10)], NOTHING)
    source.done(source.read(7).position)
    before = rows(path)

    sink.tidy()

    assert (before, rows(path)) == (10, 5)  # what was stored together goes together
    assert len(source.read(10).hits) == 3


def test_a_position_is_never_used_twice(sink, source, path):
    put(sink, [hit(1), hit(2)], NOTHING)
    source.done(source.read(10).position)
    sink.tidy()
    sink.close()

    again = FileSink(path)
    put(again, [hit(3)], NOTHING)
    again.close()

    assert [one.token for one in source.read(10).hits] == [hit(3).token]


def test_a_mark_of_another_log_is_not_believed(sink, source, path, tmp_path):
    put(sink, [hit(1)], NOTHING)
    source.done(source.read(10).position)
    sink.close()
    source.close()
    for name in ("hits.db", "hits.db-wal", "hits.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)

    fresh = FileSink(path)
    put(fresh, [hit(2)], NOTHING)
    reader = FileSource(path)

    assert len(reader.read(10).hits) == 1
    reader.close()
    fresh.close()


def test_a_drain_may_start_before_the_edge(source, path):
    before = (source.log_id(), source.read(10).hits, source.counts())
    sink = FileSink(path)
    put(sink, [hit(1)], NOTHING)

    assert before == ("", (), [])
    assert len(source.log_id()) == 16
    assert len(source.read(10).hits) == 1
    sink.close()


def test_there_is_one_writer(sink, path):
    with pytest.raises(SettingsError) as refused:
        FileSink(path)
    sink.close()

    assert "already has a writer" in refused.value.detail
    FileSink(path).close()


def test_a_salt_lasts_a_day_and_is_then_gone_from_the_disk(sink, path, tmp_path):
    sunday, monday = date(2026, 11, 22), date(2026, 11, 23)
    salt = sink.salt(sunday)
    again = sink.salt(sunday)

    fresh = sink.salt(monday)

    assert (again, len(salt)) == (salt, 32)
    assert fresh != salt
    sink.close()
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert salt not in left
    assert fresh in left


def test_a_salt_survives_a_restart(sink, path):
    salt = sink.salt(date(2026, 11, 22))
    sink.close()

    again = FileSink(path)

    assert again.salt(date(2026, 11, 22)) == salt
    again.close()


def test_the_days_counters_agree_with_the_rows(sink, source, time_machine):
    time_machine.move_to(NOON, tick=False)
    put(sink, [hit(1), hit(2)], Tally(rejected=3))
    put(sink, [hit(3)], NOTHING)
    time_machine.move_to(NOON + timedelta(days=1), tick=False)
    put(sink, [hit(4)], Tally(not_stored=1, unknown=2))
    source.done(source.read(2).position)
    sink.tidy()

    sunday, monday = source.counts()

    assert (sunday.day, sunday.stored, sunday.rejected, sunday.received) == (NOON.date(), 3, 3, 6)
    assert (monday.stored, monday.not_stored, monday.unknown, monday.received) == (1, 1, 2, 4)


def test_a_failed_append_stores_nothing_and_the_next_one_works(sink, source, path):
    put(sink, [], Tally(rejected=1))
    refuse(sink)

    with pytest.raises(NotStored):
        put(sink, [hit(1), hit(2)], Tally(rejected=1))
    accept(path)
    put(sink, [hit(3)], NOTHING)

    assert [one.token for one in source.read(10).hits] == [hit(3).token]
    assert source.counts()[0].rejected == 1


@pytest.mark.parametrize(
    ("why", "name", "fault"),
    [
        ("written, but perhaps not kept", "SQLITE_IOERR_FSYNC", OutcomeUnknown),
        ("not written", "SQLITE_IOERR_WRITE", NotStored),
        ("no room", "SQLITE_FULL", NotStored),
    ],
)
def test_a_failed_fsync_leaves_the_outcome_open(path, why, name, fault):
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = name

    assert type(_fault_of(error, path)) is fault, why


def test_after_a_fault_the_log_begins_a_new_write_ahead_log(sink, source, path, tmp_path):
    put(sink, [hit(number) for number in range(100)], NOTHING)
    source.read(1)
    refuse(sink)
    with pytest.raises(NotStored):
        put(sink, [hit(0)], NOTHING)
    accept(path)
    before = (tmp_path / "hits.db-wal").stat().st_size

    put(sink, [hit(101)], NOTHING)

    assert (tmp_path / "hits.db-wal").stat().st_size < before
    assert len(source.read(1_000).hits) == 101


def test_a_commit_is_on_the_disk_before_it_comes_back(sink, path):
    put(sink, [hit(1)], NOTHING)

    db = sink._db
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("SELECT count(*) FROM sqlite_master WHERE type = 'index'").fetchone() == (0,)


OLD = """
    CREATE TABLE hit (
        position INTEGER PRIMARY KEY,
        id TEXT NOT NULL, token TEXT NOT NULL, kind TEXT NOT NULL, received_at INTEGER NOT NULL,
        user_agent TEXT NOT NULL, headers TEXT NOT NULL, reader_key BLOB NOT NULL,
        network TEXT NOT NULL);
    CREATE TABLE log (id TEXT NOT NULL, pruned_to INTEGER NOT NULL);
    INSERT INTO log VALUES ('old', 6);
"""


def test_a_file_with_a_row_for_each_hit_is_taken_over_as_it_is(tmp_path):
    path = tmp_path / "hits.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.executescript(OLD)
        for position in range(7, 3_007):
            network = '[64500, "DE", false, ["google"]]'
            headers = '{"dnt": "1"}' if position == 7 else "{}"
            row = (
                position,
                f"id-{position}",
                "t",
                Kind.OPEN.value,
                1_000_000,
                "agent",
                headers,
                b"k" * 16,
            )
            old.execute("INSERT INTO hit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, network))

    sink = FileSink(path)
    sink.salt(date(2026, 11, 26))
    sink.close()

    source = FileSource(path)
    hits = source.read(10_000).hits
    source.close()
    assert [hit.id for hit in hits] == [f"id-{position}" for position in range(7, 3_007)]
    first = hits[0]
    assert (first.kind, first.user_agent, first.reader_key) == (Kind.OPEN, "agent", b"k" * 16)
    assert dict(first.headers) == {"dnt": "1"}
    assert first.network == NetworkFacts(64500, "DE", is_approximate=False, lists=("google",))
