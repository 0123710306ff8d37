"""How many statements a piece of work sends to the database."""

from contextlib import contextmanager

import psycopg

from backend import db


@contextmanager
def statements():
    """The SQL of every statement of this block, as it is sent. SQLite, beside us, tells its reads.

    (It tells each row that is written, though they are handed over at once.)
    """
    count = _on_postgres if db.is_postgres() else _on_sqlite
    with count(db.database.connection()) as sent:
        yield sent


@contextmanager
def _on_sqlite(connection):
    sent = []

    def note(_cursor, sql, _params):
        if sql.startswith("SELECT"):
            sent.append(sql)
        return True

    connection.exec_trace = note
    try:
        yield sent
    finally:
        connection.exec_trace = None


@contextmanager
def _on_postgres(connection):
    sent = []

    class Counting(psycopg.Cursor):
        """A cursor that notes what it sends."""

        def execute(self, query, params=None, **options):
            sent.append(query)
            return super().execute(query, params, **options)

        def executemany(self, query, params_seq, **options):
            sent.append(query)
            return super().executemany(query, params_seq, **options)

        def copy(self, statement, params=None, **options):
            sent.append(statement)
            return super().copy(statement, params, **options)

    usual = connection.cursor_factory
    connection.cursor_factory = Counting
    try:
        yield sent
    finally:
        connection.cursor_factory = usual
