"""SQLite as we open it: safe on disk, and no writer fails because another one wrote."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event

import peewee
import pytest

from backend.db.sqlite import SqliteDatabase

BATCHES_MOST = 100


def value(database, sql):
    with database.connection_context():
        (found,) = database.execute_sql(sql).fetchone()
    return found


@pytest.mark.parametrize(
    ("why", "pragma", "expected"),
    [
        ("readers do not wait for writers", "journal_mode", "wal"),
        ("a commit survives a power cut", "synchronous", 2),
        ("what is pointed to exists", "foreign_keys", 1),
    ],
)
def test_every_connection_is_set_up(database, why, pragma, expected):
    assert value(database, f"PRAGMA {pragma}") == expected, why


def test_a_lazy_ones_commits_do_not_wait_for_the_disk(tmp_path):
    lazy = SqliteDatabase(str(tmp_path / "some.db"), lazy=True)

    assert value(lazy, "PRAGMA synchronous") == 1

    lazy.close_all()
    lazy.sync()  # nothing is open: all of it is in the file


def test_a_sync_that_fails_is_told_as_a_commit_that_fails(tmp_path):
    (tmp_path / "file").touch()
    nowhere = SqliteDatabase(str(tmp_path / "file" / "some.db"))

    with pytest.raises(peewee.OperationalError, match="refused a sync"):
        nowhere.sync()


def test_nobody_who_reads_and_then_writes_is_refused(database):
    def add(_number):
        with database.connection_context(), database.atomic():
            (number,) = database.execute_sql("SELECT number FROM counter").fetchone()
            database.execute_sql("UPDATE counter SET number = ?", [number + 1])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(100)))

    assert value(database, "SELECT number FROM counter") == 100


def test_a_writer_gets_in_between_two_batches_of_another(database):
    """The other one lets the lock go for 10 ms at a time, as a drain in a backlog does."""
    is_over, holds, held = Event(), Event(), []

    def work():
        while not is_over.is_set() and len(held) < BATCHES_MOST:
            with database.connection_context(), database.atomic():
                database.execute_sql("UPDATE counter SET number = number + 1")
                held.append(1)
                holds.set()
                is_over.wait(0.25)
            is_over.wait(0.01)

    with ThreadPoolExecutor(1) as pool:
        working, waited = pool.submit(work), []
        for _ in range(5):
            holds.clear()
            assert holds.wait(60)
            before = len(held)
            with database.connection_context(), database.atomic():
                waited.append(len(held) - before)
        is_over.set()
        working.result()

    assert sum(waited) < 10, waited  # batches that got in before it, though it was waiting


def test_a_writer_gives_up_at_last(database, tmp_path):
    impatient = SqliteDatabase(str(tmp_path / "some.db"), patience_s=0.05)
    with database.connection_context(), database.atomic():
        database.execute_sql("UPDATE counter SET number = 1")

        with impatient.connection_context(), pytest.raises(peewee.OperationalError, match="lock"):
            impatient.execute_sql("UPDATE counter SET number = 2")
    impatient.close_all()


def test_who_writes_while_she_reads_on_is_not_refused_for_another_s_commit(database, tmp_path):
    """The walk is peewee's, row by row; the other one commits between its first and second."""
    other = SqliteDatabase(str(tmp_path / "some.db"))
    with database.connection_context(), other.connection_context():
        database.execute_sql("INSERT INTO counter VALUES (1), (2)")

        walk = iter(peewee.Table("counter", ["number"]).bind(database).select().tuples())
        next(walk)
        other.execute_sql("INSERT INTO counter VALUES (3)")
        database.execute_sql("UPDATE counter SET number = number + 10")

        assert [number for (number,) in walk] == [1, 2], "as they were when she asked"
        assert database.execute_sql("SELECT sum(number) FROM counter").fetchone() == (46,)
    other.close_all()


def test_an_idle_connection_is_used_again(database):
    with database.connection_context():
        first = database.connection()
    with database.connection_context():
        assert database.connection() is first


def test_a_connection_left_inside_a_transaction_is_not(database):
    database.connect()
    first = database.connection()
    first.execute("BEGIN")
    database.close()

    with database.connection_context():
        assert database.connection() is not first


@pytest.mark.parametrize(("why", "least", "is_copied"), [("due", 2, True), ("short", 99, False)])
def test_the_log_is_copied_into_the_file_beside_a_writer(database, tmp_path, why, least, is_copied):
    with database.connection_context():
        for _ in range(3):
            database.execute_sql("UPDATE counter SET number = number + 1")
        with database.atomic():
            database.execute_sql("UPDATE counter SET number = 0")

            with ThreadPoolExecutor(1) as pool:  # as the drain does
                pool.submit(database.copy_log, least).result()

        shutil.copy(tmp_path / "some.db", tmp_path / "copy.db")  # without the log
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        tables = copy.execute("SELECT name FROM sqlite_master").fetchall()
        found = copy.execute("SELECT number FROM counter").fetchone() if tables else None
    assert found == ((3,) if is_copied else None), why


def test_closing_closes_the_idle_ones_too(database, tmp_path):
    with database.connection_context():
        pass

    database.close_all()

    assert not (tmp_path / "some.db-wal").exists()


def test_a_fault_among_many_rows_is_told_as_that_of_one(database):
    with database.connection_context():
        with pytest.raises(peewee.IntegrityError, match=r"counter\.number"):
            database.execute_sql("INSERT INTO counter VALUES (?)", [None])
        with pytest.raises(peewee.IntegrityError, match=r"counter\.number"):
            database.execute_many("INSERT INTO counter VALUES (?)", [(1,), (None,)])
