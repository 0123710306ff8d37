"""The words for both engines: what goes in comes out the same, whichever keeps it."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import peewee
import psycopg
import pytest

from backend import clock, db
from tests.capture.counting import statements

AT = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
TYPES = {
    "id": "uuid", "at": "timestamptz", "facts": "jsonb", "is_on": "boolean", "name": "text",
    "number": "bigint",
}  # fmt: skip
COLUMNS = tuple(TYPES)
BROKEN = (peewee.IntegrityError, psycopg.IntegrityError)


@pytest.fixture
def table(store):
    """An empty table with every kind of column."""
    db.database.initialize(store)
    with db.connection():
        db.execute("DROP TABLE IF EXISTS thing")
        db.execute(
            "CREATE TABLE thing (id uuid PRIMARY KEY, at timestamptz, facts jsonb, is_on boolean,"
            " name text, number bigint)"
        )
        yield
        db.execute("DROP TABLE thing")


def row(number=1, **changes):
    values = {
        "id": clock.new_id(),
        "at": AT,
        "facts": db.dumps({"ä": [1, None]}),
        "is_on": True,
        "name": "Ünal",
        "number": number,
    } | changes
    return tuple(values[name] for name in COLUMNS)


def stored(row_id):
    return db.one("SELECT * FROM thing WHERE id = %s", [row_id])


def numbers():
    return [number for (number,) in db.rows("SELECT number FROM thing ORDER BY number")]


def test_values_come_back_as_they_went_in(table):
    given = row()

    db.insert_rows("thing", COLUMNS, [given])

    assert db.one("SELECT * FROM thing") == (given[0], AT, {"ä": [1, None]}, True, "Ünal", 1)


def test_nothing_comes_back_as_nothing(table):
    db.insert_rows("thing", COLUMNS, [row(at=None, facts=None, is_on=None, name=None)])

    assert db.one("SELECT at, facts, is_on, name FROM thing") == (None, None, None, None)
    assert db.one("SELECT at FROM thing WHERE number = 7") is None
    assert db.rows("SELECT at FROM thing WHERE number = 7") == []


@pytest.mark.parametrize("said", [7, -1.5, "7", "", True, False, None, [], [1, "x"], {"a": {}}])
def test_json_of_every_kind_comes_back(table, said):
    db.insert_rows("thing", COLUMNS, [row(facts=db.dumps(said)), row(facts=db.dumps([said]))])

    assert db.rows("SELECT facts FROM thing") == [(said,), ([said],)]


def test_a_time_of_another_zone_is_the_same_moment(table):
    elsewhere = AT.astimezone(timezone(timedelta(hours=-9)))

    db.insert_rows("thing", COLUMNS, [row(at=elsewhere)])

    (found,) = db.one("SELECT at FROM thing WHERE at = %s", [AT]) or (None,)
    assert found == AT
    assert found.utcoffset() == timedelta()


@pytest.mark.parametrize("year", [1, 1969, 1970, 2038, 9999])
def test_times_of_every_century_keep_their_order(table, year):
    at = AT.replace(year=year)

    db.insert_rows("thing", COLUMNS, [row(1, at=at), row(2, at=at + timedelta(microseconds=1))])

    assert db.rows("SELECT number FROM thing ORDER BY at DESC") == [(2,), (1,)]
    assert db.one("SELECT at FROM thing WHERE at <= %s", [at]) == (at,)


def test_a_statement_says_how_many_rows_it_touched(table):
    db.execute_many(
        f"INSERT INTO thing ({', '.join(COLUMNS)}) VALUES (%s, %s, %s, %s, %s, %s)",
        (row(number) for number in range(3)),
    )

    assert db.execute("UPDATE thing SET number = number + %s WHERE number > %s", [10, 0]) == 2
    assert numbers() == [0, 11, 12]


def test_one_of_many_is_found_by_one_parameter(table):
    given = [row(number) for number in range(5)]
    db.insert_rows("thing", COLUMNS, given)
    sql = "SELECT number FROM thing WHERE {} ORDER BY number"

    by_id = db.rows(sql.format(f"id {db.among('uuid')}"), [db.many([given[1][0], given[3][0]])])
    by_name = db.rows(sql.format(f"name {db.among('text')}"), [db.many(["Ünal", "'--"])])
    none = db.rows(sql.format(f"id {db.among('uuid')}"), [db.many([])])

    assert (by_id, len(by_name), none) == ([(1,), (3,)], 5, [])


def test_many_rows_are_changed_each_in_its_way(table):
    given = [row(number) for number in range(3)]
    db.insert_rows("thing", COLUMNS, given)

    db.update_rows(
        "thing",
        {"number": "bigint", "at": "timestamptz", "is_on": "boolean"},
        [(n + 10, AT + timedelta(days=n), n == 1, given[n][0]) for n in (0, 1)],
    )
    db.update_rows("thing", {"number": "bigint"}, [])

    assert numbers() == [2, 10, 11]
    found = db.one("SELECT at, is_on FROM thing WHERE number = 11")
    assert found == (AT + timedelta(days=1), True)


@pytest.mark.parametrize("many", [3, 30])
def test_only_rows_that_nobody_has_are_added(table, many):
    given = [row(number) for number in range(many)]
    db.insert_rows("thing", COLUMNS, given[:1])
    again = (given[0][0], *row(70)[1:])

    added = db.add_rows("thing", TYPES, [again, *given[1:]], "id")
    changed = db.add_rows("thing", TYPES, [again], "id", "number = excluded.number")
    none = db.add_rows("thing", TYPES, [], "id")

    assert (added, changed, none) == (many - 1, 1, 0)
    assert numbers() == [*range(1, many), 70]


def test_a_few_rows_are_added_as_many_are_whatever_is_in_them(table):
    few = [row(1), row(2, at=None, facts=None, is_on=None, name=None), row(3, name="a{b")]
    others = [row(0) for _ in range(20)]

    db.add_rows("thing", TYPES, few, "id")
    one_by_one = [stored(each[0]) for each in few]
    db.execute("DELETE FROM thing")
    db.add_rows("thing", TYPES, [*few, *others], "id")

    assert [stored(each[0]) for each in few] == one_by_one


def test_a_few_rows_are_added_without_arrays(table):
    with statements() as sent:
        db.add_rows("thing", TYPES, [row(1), row(2)], "id")

    assert [sql for sql in sent if "unnest" in sql] == []
    assert numbers() == [1, 2]


@pytest.mark.parametrize("many", [1, 200])
def test_rows_are_added_and_read_in_a_pipeline_in_their_order(table, many):
    given = [row(number, name=None) for number in range(many)]

    with db.transaction(), db.pipeline():
        db.add_rows("thing", TYPES, given)
        db.execute("UPDATE thing SET number = number + 1")
        seen = numbers()
        db.execute("UPDATE thing SET number = number + 1")

    assert seen == [*range(1, many + 1)]
    assert numbers() == [*range(2, many + 2)]


def test_what_is_asked_in_a_pipeline_is_answered_by_what_was_there_then(table):
    db.add_rows("thing", TYPES, [row(1)])

    with db.pipeline():
        before = db.ask("SELECT number FROM thing")
        db.execute("UPDATE thing SET number = 2")
        after = db.ask("SELECT number FROM thing")

    assert (before(), after()) == ([(1,)], [(2,)])


def test_an_error_in_a_pipeline_undoes_the_transaction(table):
    given = row()

    def add_it(times):
        with db.transaction(), db.pipeline():
            for _ in range(times):
                db.add_rows("thing", TYPES, [given])

    with pytest.raises(BROKEN):
        add_it(2)
    assert numbers() == []
    add_it(1)
    assert numbers() == [1]


class Stop(Exception):
    """Something of ours that goes wrong."""


def add_twice(given):
    db.add_rows("thing", TYPES, [given])
    db.add_rows("thing", TYPES, [given])


def add_twice_and_look(given):
    add_twice(given)
    numbers()


def add_and_stop(given):
    db.add_rows("thing", TYPES, [given])
    raise Stop


@pytest.mark.parametrize("act", [add_twice, add_twice_and_look, add_and_stop])
def test_an_error_in_a_pipeline_around_a_transaction_undoes_it(table, act):
    given = row()

    with pytest.raises((*BROKEN, Stop)), db.pipeline(), db.transaction():
        act(given)

    assert not db.database.in_transaction()
    assert numbers() == []
    with db.pipeline(), db.transaction():
        db.add_rows("thing", TYPES, [given])
    assert numbers() == [1]


@pytest.mark.parametrize("act", [add_twice, add_twice_and_look, add_and_stop])
def test_an_error_in_a_pipeline_within_a_transaction_is_the_transactions(table, act):
    given = row()

    def act_within():
        with db.transaction():
            db.add_rows("thing", TYPES, [row(7)])
            with db.pipeline(), db.transaction():
                act(given)

    with pytest.raises((*BROKEN, Stop)):
        act_within()

    assert not db.database.in_transaction()
    assert numbers() == []
    db.add_rows("thing", TYPES, [given])
    assert numbers() == [1]


TEXTS = (
    *("", " ", "NULL", "\\N", "\\.", "a\tb", "a\nb\r\n", chr(34) + "{1,2}" + chr(34)),
    *("\\", "\\\\t", "'--", "ß😀", "%s"),
)


@pytest.mark.parametrize("texts", [TEXTS, TEXTS[:1], TEXTS[3:4], (None, *TEXTS), TEXTS * 200])
def test_a_text_is_kept_whatever_it_holds(table, texts):
    given = [row(n, name=text, facts=db.dumps({"said": text})) for n, text in enumerate(texts)]
    stored = [(text, {"said": text}) for text in texts]
    sql = "SELECT name, facts FROM thing ORDER BY number"

    db.insert_rows("thing", COLUMNS, given)
    inserted = db.rows(sql)
    db.execute("UPDATE thing SET name = 'x', facts = NULL")
    db.update_rows(
        "thing", {"name": "text", "facts": "jsonb"}, [(one[4], one[2], one[0]) for one in given]
    )

    assert inserted == stored
    assert db.rows(sql) == stored
    known = [text for text in texts if text is not None]
    assert len(db.rows(f"SELECT 1 FROM thing WHERE name {db.among('text')}", [db.many(known)])) == (
        len(known)
    )


@pytest.mark.parametrize("many", [1, 200])
def test_few_rows_and_many_go_in_alike(table, many):
    given = [
        row(number, at=AT if number % 2 else None, is_on=number % 3 == 0, facts=facts)
        for number, facts in enumerate(['["a"]', None, '{"b": "\\"\\\\"}'] * many)
    ]

    db.insert_rows("thing", COLUMNS, given)
    db.insert_rows("thing", COLUMNS, [])

    assert db.rows("SELECT id, at, is_on, name, number FROM thing ORDER BY number") == [
        (one[0], *one[1:2], *one[3:]) for one in given
    ]
    assert {str(facts) for (facts,) in db.rows("SELECT facts FROM thing")} == {
        *("None", "['a']", "{'b': '\"\\\\'}")
    }
    with pytest.raises(BROKEN):
        db.insert_rows("thing", COLUMNS, given[:1])


@pytest.mark.parametrize("many", [1, 200])
def test_bytes_come_back_as_they_went_in(table, many):
    db.execute("ALTER TABLE thing ADD COLUMN raw bytea")
    given = [bytes(range(256)), b"", None] * many

    db.insert_rows(
        "thing", ("id", "number", "raw"), [(clock.new_id(), n, raw) for n, raw in enumerate(given)]
    )

    found = [raw for (raw,) in db.rows("SELECT raw FROM thing ORDER BY number")]
    assert [raw if raw is None else bytes(raw) for raw in found] == given


def test_a_transaction_is_undone_as_a_whole(table):
    with suppress(ZeroDivisionError), db.transaction():
        db.insert_rows("thing", COLUMNS, [row(1)])
        with db.transaction():
            db.insert_rows("thing", COLUMNS, [row(2)])
        raise ZeroDivisionError

    assert numbers() == []


def test_one_inside_it_is_undone_alone(table):
    with db.transaction():
        db.insert_rows("thing", COLUMNS, [row(1)])
        with suppress(ZeroDivisionError), db.transaction():
            db.insert_rows("thing", COLUMNS, [row(2)])
            raise ZeroDivisionError

    assert numbers() == [1]


def test_a_sum_over_times_is_a_time_again(table):
    db.insert_rows("thing", COLUMNS, [row(1), row(2, at=AT + timedelta(hours=1))])

    (latest,) = db.one("SELECT max(at) FROM thing") or (None,)

    assert db.as_time(latest) == AT + timedelta(hours=1)
    assert db.as_time(None) is None
