"""PostgreSQL that hangs, crashes and comes back: what one connection's fault costs the others."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import peewee
import psycopg
import pytest

from backend import clock
from backend.db.postgres import CHECK_OUT_S, PostgresDatabase
from tests.waiting import wait_until

DEADLINE_S = 1.0
AWAY = (peewee.OperationalError, psycopg.OperationalError)


@pytest.fixture
def database(own_postgres):
    with own_postgres.database() as url:
        made = PostgresDatabase(url, statement_s=DEADLINE_S)
        yield made
        made.close_all()


def ask(database, sql="SELECT 1"):
    """The first row, on a connection of this thread's own for that long."""
    with database.connection_context():
        return database.execute_sql(sql).fetchone()


def timed(database, sql="SELECT 1"):
    """Seconds that it took, and the fault if there was one."""
    start = clock.monotonic()
    try:
        ask(database, sql)
    except AWAY as error:
        return clock.monotonic() - start, error
    return clock.monotonic() - start, None


def open_many(database, count):
    """Have that many idle connections in the pool; the process ids at the other end."""
    together = threading.Barrier(count)

    def one(_number):
        with database.connection_context():
            (pid,) = database.execute_sql("SELECT pg_backend_pid()").fetchone()
            together.wait(20)
            return pid

    with ThreadPoolExecutor(count) as pool:
        return set(pool.map(one, range(count)))


@contextmanager
def stopped(pid):
    """A process that stands still for the length of the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def ask_while_stopped(database):
    with database.connection_context(), database.atomic():
        (pid,) = database.execute_sql("SELECT pg_backend_pid()").fetchone()
        with stopped(pid):
            database.execute_sql("SELECT 1")


def test_a_statement_has_a_deadline(database):
    seconds, error = timed(database, "SELECT pg_sleep(20)")

    assert error is not None
    assert DEADLINE_S <= seconds < DEADLINE_S + 5
    assert ask(database) == (1,)


def test_a_stopped_connection_costs_only_who_has_it(database):
    pids = open_many(database, 4)

    with stopped(min(pids)), ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: timed(database), range(200)))

    slow = [seconds for seconds, error in answers if seconds > 0.9 * DEADLINE_S]
    failed = [error for _, error in answers if error]
    assert len(failed) <= 1
    assert len(slow) <= 1, slow


def test_one_transaction_that_lost_its_connection_does_not_spoil_the_next(database):
    with pytest.raises(AWAY):
        ask_while_stopped(database)

    with database.connection_context(), database.atomic():
        assert database.execute_sql("SELECT 1").fetchone() == (1,)


def test_after_a_crash_of_the_server_one_request_fails_and_not_one_per_connection(
    database, own_postgres
):
    open_many(database, 6)

    own_postgres.restart()
    answers = [timed(database)[1] for _ in range(12)]

    assert sum(error is not None for error in answers) <= 1


def test_a_server_that_stands_still_is_given_up_in_time_and_taken_up_again(database, own_postgres):
    open_many(database, 1)
    server = own_postgres.server.pid()

    with stopped(server):
        (pid,) = open_many(database, 1)
        with stopped(pid):
            first, _ = timed(database)
            second, error = timed(database)

    assert first < DEADLINE_S + 5
    assert second < CHECK_OUT_S + 3
    assert isinstance(error, peewee.OperationalError)
    wait_until(lambda: timed(database)[1] is None, 30, "the database's return")


def test_ids_and_json_come_back_as_python_has_them(database):
    some_id = clock.new_id()

    row = ask(database, f"SELECT '{some_id}'::uuid, '{{\"a\": [1]}}'::jsonb, now()")

    assert row[:2] == (some_id, {"a": [1]})
    assert row[2].utcoffset().total_seconds() == 0


def test_a_thread_does_not_open_twice(database):
    with database.connection_context():
        assert database.connect(reuse_if_open=True) is False
        with pytest.raises(peewee.OperationalError, match="already"):
            database.connect()
    assert database.close() is False
