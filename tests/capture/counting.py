"""How many statements a piece of work sends to the database."""

from contextlib import contextmanager

import psycopg

from backend import db


@contextmanager
def statements():
    """The SQL of every statement of this block, as it is sent. SQLite, beside us, tells its reads.

    (It tells each row that is written, though they are handed over at once.)
    """
    connection, sent = db.database.connection(), []
    if not db.is_postgres():
        connection.set_trace_callback(
            lambda sql: sent.append(sql) if sql.startswith("SELECT") else None
        )
        yield sent
        connection.set_trace_callback(None)
        return

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
