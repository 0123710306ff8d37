"""Migrations: run once, by one at a time, on either engine; and PostgreSQL's monthly parts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import peewee
import psycopg
import pytest

from backend import db
from backend.models.fields import Model
from backend.models.schema import (
    MIGRATIONS,
    MONTHS_AHEAD,
    add_partition,
    add_partitions,
    applied,
    bring_to,
    known,
    migrate,
    months_of,
    pending,
)
from backend.settings import Settings
from tests.world import SECRET, hit, record

NOBODY = "00000000-0000-7000-8000-000000000000"
NAMES = sorted(path.stem for path in MIGRATIONS.glob("0*.py"))


def test_no_two_migrations_have_one_number():
    assert len({name[:4] for name in NAMES}) == len(NAMES)


@pytest.fixture
def empty(request, tmp_path, database_url):
    """Settings of a database that nobody has migrated, on the engine of the module."""
    url = ""
    if database_url:
        url = request.getfixturevalue("new_postgres")
    settings = Settings(data_dir=tmp_path, database_url=url, secret=SECRET)
    before = db.database.obj
    opened = db.open_store(settings)
    yield settings
    opened.close_all()
    if before is not None:
        db.database.initialize(before)


@pytest.fixture
def new_postgres(postgres):
    with postgres.database() as url:
        yield url


def test_each_migration_runs_once_in_its_order(empty):
    with db.connection():
        assert pending() == NAMES

    assert migrate(empty) == NAMES
    assert migrate(empty) == []
    with db.connection():
        assert pending() == []


def test_migrations_stop_at_the_one_that_is_asked_for_and_go_on_from_there(empty):
    with db.connection():
        assert applied() == []

        assert bring_to(NAMES[1]) == applied() == NAMES[:2]
        assert bring_to() == NAMES[2:]

        assert applied() == known() == NAMES


def test_of_four_at_once_one_migrates(empty):
    with ThreadPoolExecutor(4) as pool:
        ran = list(pool.map(lambda _: migrate(empty), range(4)))

    assert sorted(ran) == [[], [], [], NAMES]


def models(root=Model):
    for kind in root.__subclasses__():
        yield kind
        yield from models(kind)


@pytest.mark.parametrize("model", list(models()), ids=lambda model: model.__name__)
def test_every_model_has_its_table_with_its_columns(world, model):
    fields = {field.column_name for field in model._meta.sorted_fields}

    columns = {column.name for column in db.database.get_columns(model._meta.table_name)}

    assert fields <= columns


def test_every_table_of_ours_carries_its_organisation(world):
    # These belong to the installation, or to a row that carries it.
    apart = {"organization", "schema_migration", "drained_log", "agent", "worker_mark"}
    apart |= {"first_setup", "signin_try", "manifest_version"}
    apart |= {"mail_word", "url_word", "sent_url"}  # of one user, who has one organisation
    tables = {name for name in db.database.get_tables() if not name[-6:].isdigit()}

    without = {
        name
        for name in tables - apart
        if "org_id" not in {column.name for column in db.database.get_columns(name)}
    }

    assert {name for name in without if not name.endswith("_default")} <= {"link_target"}


BROKEN = (peewee.IntegrityError, psycopg.IntegrityError)


@pytest.mark.parametrize(
    ("why", "sql"),
    [
        ("a user without an organisation", 'UPDATE "user" SET org_id = NULL'),
        ("two users with one address", "UPDATE \"user\" SET email = 'same@ours.test'"),
        ("a team of nobody", f"UPDATE team SET org_id = '{NOBODY}'"),
    ],
)
def test_the_tables_refuse_what_must_not_be(world, why, sql):
    with pytest.raises(BROKEN), db.transaction():
        db.execute(sql)


def test_partitions_reach_into_the_coming_months_and_are_made_once(world):
    now = datetime(2031, 11, 20, tzinfo=UTC)

    made = add_partitions(now)

    if not db.is_postgres():
        assert made == []
        return
    months = ["203111", "203112", "203201", "203202"]
    assert len(months) == MONTHS_AHEAD + 1
    assert sorted(made) == sorted(
        f"{table}_{month}" for table in ("hit", "engagement") for month in months
    )
    assert add_partitions(now) == []


def test_a_month_whose_rows_came_before_its_partition_keeps_them(world, time_machine):
    at = datetime(2033, 1, 10, 12, tzinfo=UTC)
    time_machine.move_to(at + timedelta(hours=1))
    stamped = world.send(at=at)
    record(hit(world.open_token(stamped), received_at=at + timedelta(minutes=5)))

    add_partitions(at)

    assert len(world.engagements(stamped)) == 1
    record(hit(world.open_token(stamped), received_at=at + timedelta(minutes=50)))
    assert world.message(stamped).opens_total == 2


def test_the_months_of_rows_are_those_for_which_a_partition_can_be_made(world, time_machine):
    assert months_of("hit") == months_of("engagement") == []
    for at in (datetime(2030, 12, 31, 23, 59, tzinfo=UTC), datetime(2031, 2, 1, tzinfo=UTC)):
        time_machine.move_to(at + timedelta(hours=1))
        stamped = world.send(at=at - timedelta(minutes=5))
        record(hit(world.open_token(stamped), received_at=at))

    assert months_of("hit") == months_of("engagement") == ["2030-12", "2031-02"]

    if db.is_postgres():
        assert add_partition("hit", datetime(2032, 12, 1, tzinfo=UTC)) == ["hit_203212"]
        assert add_partition("hit", datetime(2032, 12, 1, tzinfo=UTC)) == []
