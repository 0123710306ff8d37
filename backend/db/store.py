"""The open database of this process: which one it is, its connections and its transactions."""

from collections.abc import Iterator
from contextlib import contextmanager

import peewee
import psycopg

from backend.db.postgres import STATEMENT_S, PostgresDatabase
from backend.db.sqlite import SqliteDatabase
from backend.settings import Settings

# What is raised while the database does not answer, and for a value that no column takes.
AWAY = (peewee.OperationalError, peewee.InterfaceError, psycopg.OperationalError)
UNFIT = (peewee.DataError, psycopg.DataError)
Store = SqliteDatabase | PostgresDatabase

database = peewee.DatabaseProxy()


def open_store(
    settings: Settings, statement_s: float = STATEMENT_S, *, lazy: bool = False
) -> Store:
    """Open the database the settings name and bind the models to it; nothing is migrated.

    On PostgreSQL a statement is given up, with OperationalError, after `statement_s`. On SQLite the
    commits of a `lazy` store are safe only once `sync` has returned. Raises SettingsError.
    """
    store: Store
    if settings.database_url:
        store = PostgresDatabase(settings.database_url, statement_s)
    else:
        settings.make_data_dir()
        store = SqliteDatabase(str(settings.main_db), lazy=lazy)
    database.initialize(store)
    return store


def is_postgres() -> bool:
    """Whether the open database is PostgreSQL."""
    return isinstance(database.obj, PostgresDatabase)


@contextmanager
def connection() -> Iterator[None]:
    """Hold one connection for the length of a request, task or batch (never over a wait)."""
    with database.connection_context():
        yield


@contextmanager
def transaction() -> Iterator[None]:
    """One transaction, joined by those inside it; rolled back when an error leaves it."""
    with database.atomic():
        yield


@contextmanager
def pipeline() -> Iterator[None]:
    """Send statements without waiting for those before, around a transaction or within one.

    PostgreSQL works at one while we make the next. So an error may be raised by a later one or at
    the end, and none tells how many rows it touched. A transaction within is committed when the
    pipeline has ended, not before. COPY has no place here: many rows go in by `add_rows` and not by
    `insert_rows`. SQLite works as ever.
    """
    if not is_postgres():
        yield
        return
    conn = database.connection()
    try:
        with conn.pipeline():
            yield
    except BaseException:
        # After an error PostgreSQL passes over the rest of a pipeline, the transaction's end too.
        if not database.in_transaction() and not conn.closed:
            conn.rollback()
        raise


def sync() -> None:
    """Wait until every commit so far survives a power cut; any thread may.

    Only a lazy store on SQLite needs it. Raises OperationalError where the disk refuses.
    """
    store = database.obj
    if isinstance(store, SqliteDatabase):
        store.sync()


def copy_log() -> None:
    """On SQLite: copy its log into its file where that is due, beside whoever writes; any thread.

    Raises what the driver raises.
    """
    store = database.obj
    if isinstance(store, SqliteDatabase):
        store.copy_log()
