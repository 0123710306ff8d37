"""Tables go out as lines and come back as they were, on each engine and from one to the other."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from backend import clock, db
from backend.db import tables
from backend.db.tables import Table
from backend.models.people import Person
from tests.world import NOON

ODD = "a\tb\nc\\d\r\\N\x0b\u2028'\"ü😀"
KINDS = {
    "id": "uuid",
    "words": "text",
    "at": "timestamptz",
    "is_on": "boolean",
    "big": "bigint",
    "small": "integer",
    "share": "real",
    "facts": "jsonb",
    "raw": "bytea",
}
ROWS = [
    (clock.new_id(), ODD, NOON, True, 2**62, -1, 0.9, {"a": [1, None, ODD]}, b"\0\xff\\"),
    (clock.new_id(), "", NOON.replace(microsecond=600), False, 0, 0, 0.5, 5, b""),
    (clock.new_id(), *[None] * 8),
    (clock.new_id(), "\\N", NOON, False, 1, 1, 1.0, "text", b"\n"),
]
# The lines of one engine, which the other one has to take, too.
LINES = (
    str(ROWS[0][0]).encode()
    + rb"	a\tb\nc\\d\r\\N\v"
    + "\u2028'\"ü😀".encode()
    + rb"	2026-11-20 12:00:00+00	t	4611686018427387904	-1	0.9	"
    + rb'{"a": [1, null, "a\\tb\\nc\\\\d\\r\\\\N\\u000b'
    + "\u2028'".encode()
    + rb"\\"
    + '"ü😀"]}'.encode()
    + rb"	\\x00ff5c"
    + b"\n"
)


@pytest.fixture
def odd(world):
    columns = ", ".join(f"{name} {kind}" for name, kind in KINDS.items())
    db.execute(f"CREATE TABLE odd ({columns})")
    yield Table("odd", KINDS)
    db.execute("DROP TABLE odd")


def fill(rows):
    for row in rows:
        values = [db.dumps(value) if name == "facts" and value is not None else value
                  for name, value in zip(KINDS, row, strict=True)]  # fmt: skip
        db.execute(f"INSERT INTO odd VALUES ({', '.join(['%s'] * len(row))})", values)


def write(table, blocks):
    with db.transaction():
        tables.write(table, list(table.columns), blocks)


def test_every_kind_of_value_comes_back(odd):
    fill(ROWS)

    blocks = list(tables.read(odd))
    db.execute("DELETE FROM odd")
    write(odd, blocks)

    assert b"".join(blocks).count(b"\n") == len(ROWS)
    assert db.rows("SELECT * FROM odd ORDER BY id") == ROWS


def test_lines_of_the_other_engine_are_taken(odd):
    write(odd, [LINES])

    assert db.rows("SELECT * FROM odd") == ROWS[:1]


def test_lines_come_in_blocks_of_whole_ones(odd):
    long = "x" * 1_000
    db.insert_rows("odd", ("words",), [(f"{number} {long}",) for number in range(1_500)])

    blocks = list(tables.read(odd))

    assert len(blocks) > 1
    assert all(block.endswith(b"\n") for block in blocks)
    assert sum(block.count(b"\n") for block in blocks) == tables.count("odd") == 1_500


def test_no_table_stands_before_one_that_it_points_to(world):
    names = [table.name for table in tables.ordered()]

    assert sorted(names) == tables.names()
    for above, below in (("organization", "user"), ("user", "person"), ("stamp", "tracked_link")):
        assert names.index(above) < names.index(below)
    columns = next(table.columns for table in tables.ordered() if table.name == "person")
    assert list(columns)[:3] == ["id", "org_id", "kind"]
    assert not [name for name in names if "default" in name or name.endswith("2026")]


def test_rows_may_point_to_later_ones_of_their_table(world):
    carol, leo = world.people["carol"], world.people["leo"]
    Person.update(merged_into_id=leo.id).where(Person.id == carol.id).execute()
    table = next(table for table in tables.ordered() if table.name == "person")
    lines = sorted(
        b"".join(tables.read(table)).splitlines(True),
        key=lambda line: carol.id.encode() not in line,
    )
    before = db.rows("SELECT * FROM person ORDER BY id")
    db.execute("DELETE FROM person_address")
    db.execute("UPDATE person SET merged_into_id = NULL")
    db.execute("DELETE FROM person")

    write(table, lines)

    assert db.rows("SELECT * FROM person ORDER BY id") == before


def test_a_snapshot_does_not_see_what_others_write_meanwhile(world):
    with tables.snapshot():
        before = tables.count("person")
        elsewhere("INSERT INTO worker_mark (name, at) VALUES ('x', %s)", NOON)
        assert tables.count("worker_mark") == 0
    assert tables.count("worker_mark") == 1
    assert tables.count("person") == before


def elsewhere(sql, *values):
    """Run a statement on a connection of its own."""

    def run():
        with db.connection():
            db.execute(sql, values)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()
