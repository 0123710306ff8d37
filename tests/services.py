"""Fixtures for the real parts: PostgreSQL, Valkey. They fail, never skip, when one is missing."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from backend import db
from backend.models.schema import migrate
from backend.settings import Settings
from tests import keeper
from tests.servers import PostgresServer, ValkeyServer

ROLE = "telltale"  # no superuser: what a production database would give the product


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running PostgreSQL; `server` stops and starts it where a test has one of its own."""

    hold: keeper.Hold
    server: PostgresServer = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", PostgresServer(self.hold.folder))

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """A copy of an empty, or of that, database owned by our role; gives its DATABASE_URL."""
        name = f"t_{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template}")
        try:
            yield f"postgresql://{ROLE}@/{name}?host={quote(str(self.server.data), safe='')}"
        finally:
            self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def run(self, sql: str) -> list[tuple[object, ...]]:
        """Run a statement as the superuser; the rows, if it gives any."""
        with psycopg.connect(self.hold.ready["url"], autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def backends(self, database: str) -> list[int]:
        """The process ids that serve a database, for tests that stop one."""
        rows = self.run(f"SELECT pid FROM pg_stat_activity WHERE datname = '{database}'")
        return [int(str(pid)) for (pid,) in rows]

    def restart(self) -> None:
        """Stop it as a crash would and start it again."""
        self.server.pg_ctl("restart", "-m", "immediate")


@dataclass(frozen=True, slots=True)
class Valkey:
    """A running Valkey of the test module's own; `url` is its REDIS_URL."""

    hold: keeper.Hold
    server: ValkeyServer = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", ValkeyServer(self.hold.folder))

    @property
    def url(self) -> str:
        """The address, with database 0."""
        return str(self.hold.ready["url"])

    def kill(self) -> None:
        """End it by SIGKILL."""
        self.server.stop()

    def start(self) -> None:
        """Start it again with what it had on disk, on the same port."""
        self.server.start()


@pytest.fixture(scope="session")
def fault_rounds() -> int:
    """How often a test marked `faults` repeats its fault: few in the suite, 25 by `make faults`."""
    return int(os.environ.get("FAULT_ROUNDS", "3"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL that this run's workers share. Do not stop it: see `own_postgres`."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or secrets.token_hex(16)
    hold = keeper.join("postgres", run[:12])
    yield Postgres(hold)
    hold.release()


@pytest.fixture(scope="module")
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """DATABASE_URL of an empty database of this module's own, by the product's role."""
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="session")
def migrated(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a migrated database to copy: that takes a fifth of the time of migrating."""
    with postgres.database() as url:
        folder = tmp_path_factory.mktemp("migrated")
        _make_tables(Settings(data_dir=folder, database_url=url, secret=secrets.token_hex(32)))
        yield urlsplit(url).path[1:]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    folder = tmp_path_factory.mktemp("migrated")
    settings = Settings(data_dir=folder, secret=secrets.token_hex(32))
    _make_tables(settings)
    return settings.main_db


@pytest.fixture(scope="module")
def migrated_url(postgres: Postgres, migrated: str) -> Iterator[str]:
    """DATABASE_URL of a database of this module's own that has our tables, and no row."""
    with postgres.database(migrated) as url:
        yield url


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Postgres]:
    """A PostgreSQL of this module's own, to stop, kill and restart (about a second to make)."""
    hold = keeper.join("postgres", secrets.token_hex(6))
    yield Postgres(hold)
    hold.end()


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    """A Valkey of this module's own, to fill, kill and start again."""
    hold = keeper.join("valkey", secrets.token_hex(6))
    yield Valkey(hold)
    hold.end()


def _make_tables(settings: Settings) -> None:
    before = db.database.obj
    opened = db.open_store(settings)
    migrate(settings)
    opened.close_all()  # nobody may be in a database while it is copied
    db.database.initialize(before)
