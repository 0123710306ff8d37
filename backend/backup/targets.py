"""Where a backup goes: a database that nobody sees until it is whole.

On SQLite a file of its own beside the data, renamed at the end; on PostgreSQL one transaction.
What is to be replaced is put aside and not deleted: a file beside it, or a schema of its own.
"""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

import apsw
import peewee

from backend import clock, db
from backend.backup.archive import sync
from backend.backup.making import STATEMENT_S
from backend.db import tables
from backend.errors import Conflict
from backend.models import schema
from backend.settings import Settings

# Whoever has a row in one of these has used Telltale; all others need one of them.
_TELLING = ("organization", "hit", "link_target")
_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""
_PARTS = """
    SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass(%s)
"""


@dataclass(slots=True)
class Target:
    """The open database; `aside` is where the one is that it replaces, or "".

    `before` is the schema in which that one's tables can be read, or "" where they cannot.
    """

    aside: str = ""
    before: str = ""


class _There(Enum):
    """What is in a file's place before."""

    NOTHING = auto()  # or tables without a row
    DATA = auto()
    TORN = auto()


@contextmanager
def opened(settings: Settings, *, replace: bool) -> Iterator[Target]:
    """An empty database, open, that takes the installation's place when the block ends well.

    Raises Conflict where there is data (without `replace`), or somebody is using it.
    """
    if settings.database_url:
        with _postgres(settings, replace=replace) as target:
            yield target
    else:
        with _sqlite(settings, replace=replace) as target:
            yield target


@contextmanager
def rehearsal(settings: Settings) -> Iterator[None]:
    """An empty SQLite database, open, that is gone after the block."""
    with _scratch(settings) as folder, _new_file(settings, folder):
        yield


@contextmanager
def _sqlite(settings: Settings, *, replace: bool) -> Iterator[Target]:
    path = settings.main_db
    there = _require_room(path, replace=replace)
    target = Target("" if there is _There.NOTHING else f"{path}.{_until_now()}")
    with _scratch(settings) as folder:
        with (
            _new_file(settings, folder) as made,
            schema.alone(settings),
            _attached(path if there is _There.DATA else None) as target.before,
        ):
            yield target
        sync(made)
        _require_room(path, replace=replace)
        if target.aside:
            _move(path, Path(target.aside))
        made.rename(path)  # over an empty one
        sync(path.parent)


@contextmanager
def _new_file(settings: Settings, folder: Path) -> Iterator[Path]:
    made = settings.model_copy(update={"data_dir": folder, "database_url": ""})
    store = db.open_store(made)
    try:
        with db.connection():
            # Nothing is lost with it, and a log would hold every row once more.
            db.execute("PRAGMA synchronous = OFF")
            db.one("PRAGMA journal_mode = DELETE")
            yield made.main_db
            db.one("PRAGMA journal_mode = WAL")
    finally:
        store.close_all()


@contextmanager
def _attached(path: Path | None) -> Iterator[str]:
    """The schema of that database beside the open one; "" where there is none, or it is torn."""
    if path is None:
        yield ""
        return
    before = "before"
    try:
        db.execute(f"ATTACH %s AS {before}", [str(path)])
        db.one(f"SELECT 1 FROM {before}.person LIMIT 1")
    except peewee.DatabaseError:
        before = ""
    yield before
    with suppress(peewee.DatabaseError):  # it could not be attached
        db.execute("DETACH before")


def _require_room(path: Path, *, replace: bool) -> _There:
    """What is to be put aside, of which nobody else has the file open. Raises Conflict."""
    if not path.exists():
        log = path.with_name(f"{path.name}-wal")
        # SQLite plays it back into whatever is beside it next.
        _refuse_data(str(log), has_data=log.exists(), replace=replace)
        return _There.TORN if log.exists() else _There.NOTHING
    try:
        # Whoever may write a torn file throws its log away.
        with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as found:
            has_data = _has_data(lambda sql: found.execute(sql).fetchone())
    except (apsw.NotADBError, apsw.CorruptError):
        _refuse_data(str(path), has_data=True, replace=replace)
        return _There.TORN
    _refuse_data(str(path), has_data=has_data, replace=replace)
    try:
        with closing(apsw.Connection(str(path))) as found:
            # Refused while anybody has the file open; and it leaves no log beside it.
            found.execute("PRAGMA journal_mode = DELETE").fetchall()
    except apsw.BusyError:
        raise Conflict(f"{path} is in use: stop Telltale first.") from None
    return _There.DATA if has_data else _There.NOTHING


def _has_data(one: Callable[[str], Any]) -> bool:
    found = set()
    for name in _TELLING:
        try:
            found.add(one(f"SELECT 1 FROM {name} LIMIT 1") is not None)
        except apsw.SQLError:  # no such table
            continue
    return any(found)


def _refuse_data(where: str, *, has_data: bool, replace: bool) -> None:
    if has_data and not replace:
        raise Conflict(
            f"There is data in {where}: restore into an empty installation, or say --replace"
            " to put aside what is there."
        )


def _move(path: Path, aside: Path) -> None:
    """Put a file aside, with the log of one that could not be opened, or that log alone."""
    for end in ("", "-wal", "-shm"):
        if (found := path.with_name(path.name + end)).exists():
            found.rename(aside.with_name(aside.name + end))


def _until_now() -> str:
    return f"until_{clock.now():%Y%m%dt%H%M%S}"


@contextmanager
def _postgres(settings: Settings, *, replace: bool) -> Iterator[Target]:
    ours = _names_of_ours(settings)
    store = db.open_store(settings, STATEMENT_S)
    with db.connection(), schema.alone(settings):
        with db.transaction():
            (others,) = db.one(_OTHERS) or (0,)
            if others:
                raise Conflict(f"{others} other connections use the database: stop Telltale first.")
            before = _make_room(ours & set(tables.names()), replace=replace)
            yield Target(f"the schema {before}" if before else "", before)
        db.execute("ANALYZE")
    store.close_all()


def _names_of_ours(settings: Settings) -> set[str]:
    """Our tables' names, with those that later migrations dropped: the replaced one may be older.

    Others may lie in the same database, which stay.
    """
    found: set[str] = set()
    with rehearsal(settings):
        for name in schema.known():
            schema.bring_to(name)
            found.update(tables.names())
    return found


def _make_room(found: set[str], *, replace: bool) -> str:
    """Take our tables out of the way; the schema where they are, or "" if they were empty."""
    has_data = any(db.one(f"SELECT 1 FROM {name} LIMIT 1") for name in found & set(_TELLING))
    _refuse_data("the database", has_data=has_data, replace=replace)
    if not found:
        return ""
    aside = _until_now()
    try:
        db.execute(f"CREATE SCHEMA {aside}")
    except peewee.ProgrammingError as error:
        told = next(iter(str(error).splitlines()), "")
        raise Conflict(f"What is there cannot be put aside: {told}.") from None
    for name in sorted(found):
        for (part,) in db.rows(_PARTS, [f'"{name}"']):
            db.execute(f"ALTER TABLE {part} SET SCHEMA {aside}")
        db.execute(f'ALTER TABLE "{name}" SET SCHEMA {aside}')
    if has_data:
        return aside
    db.execute(f"DROP SCHEMA {aside} CASCADE")
    return ""


@contextmanager
def _scratch(settings: Settings) -> Iterator[Path]:
    """A folder for one process at a time, gone after the block; what a killed one left is, too."""
    folder = settings.data_dir / "restoring"
    with (settings.data_dir / "restoring.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"Another restore or check is at work in {folder}.") from None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
