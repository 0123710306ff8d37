import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend import db
from backend.errors import Invalid
from backend.models.org import AuditLog
from backend.models.people import Account, Person, PersonAddress
from backend.people import importing
from backend.people.importing import Listener, import_file
from backend.people.values import Actor
from tests.trials import SLOW


@pytest.fixture
def actor(world):
    Person.delete().execute()
    return Actor(world.alice.org_id, world.alice.id)


def load(actor, text, listener=None):
    return import_file(actor, io.BytesIO(text.encode()), listener)


def counts(report):
    return report.rows, report.added, report.updated, report.unchanged, report.failed


def people(count):
    lines = (f"c{n},crm,Person {n},p{n}@company{n % 7}.test,Company {n % 7}" for n in range(count))
    return "external_id,source,name,email,company\n" + "\n".join(lines)


def test_the_same_file_twice_changes_nothing(actor):
    first = load(actor, people(2_500))
    second = load(actor, people(2_500))

    assert counts(first) == (2500, 2500, 0, 0, 0)
    assert counts(second) == (2500, 0, 0, 2500, 0)
    assert Person.select().count() == PersonAddress.select().count() == 2500
    assert Account.select().count() == 7


def test_a_later_file_updates_by_external_id(actor):
    load(actor, people(3))

    report = load(actor, "source,external_id,company\ncrm,c1,Renamed\ncrm,c9,New\n")

    assert counts(report) == (2, 0, 1, 0, 1)
    assert Person.get(Person.external_id == "c1").company == "Renamed"
    assert Person.get(Person.external_id == "c1").name == "Person 1"


def test_without_an_external_id_the_address_is_the_key(actor):
    load(actor, "email,name\nA@x.test,Ann\n")

    report = load(actor, "name,email\nAnne,a@X.test\n")

    assert counts(report) == (1, 0, 1, 0, 0)
    assert [(row.source, row.external_id) for row in Person.select()] == [("csv", "a@x.test")]


def test_every_bad_row_is_reported_and_none_is_lost(actor):
    text = (
        "email,name,country\n"
        "ann@x.test,Ann,DE\n"
        "nobody,Bob,DE\n"
        "\n"
        'cid@x.test,"Cid,DE\n'
        "dan@x.test,Dan,Denmark\n"
        "eve@x.test,Eve,DK,more\n"
        "fay@x.test,=HYPERLINK(1),DK\n"
    )

    report = load(actor, text)

    assert counts(report) == (6, 2, 0, 0, 4)
    assert [(fault.row, fault.column) for fault in report.errors] == [
        (3, "email"),
        (5, ""),
        (6, "country"),
        (7, ""),
    ]
    assert {row.name for row in Person.select()} == {"Ann", "=HYPERLINK(1)"}


def test_more_errors_than_are_listed_are_counted_and_told(actor):
    told = []

    report = load(actor, "email\n" + "nobody\n" * 2_500, Listener(fault=told.append))

    assert (report.failed, report.errors_total, len(report.errors)) == (2500, 2500, 1000)
    assert [fault.row for fault in told] == list(range(2, 2502))


def test_progress_is_told_after_each_batch(actor):
    seen = []

    load(actor, people(2_500), Listener(progress=seen.append))

    assert seen == [1000, 2000, 2500]


def test_an_import_leaves_a_line_in_the_audit_log(actor):
    load(actor, people(2))

    (line,) = AuditLog.select().where(AuditLog.action == "people.import")
    assert line.detail == {"rows": 2, "added": 2, "updated": 0, "unchanged": 0, "failed": 0}


def test_a_file_without_a_usable_header_stores_nothing(actor):
    with pytest.raises(Invalid):
        load(actor, "name,company\nAnn,Acme\n")

    assert Person.select().count() == 0


class Breaking(io.BytesIO):
    """A stream that breaks off after some bytes."""

    def read(self, size=-1, /):
        if self.tell() > 100_000:
            raise ConnectionResetError
        return super().read(size)


def test_a_stream_that_breaks_off_goes_on_where_it_was(actor):
    text = people(5_000)
    with pytest.raises(ConnectionResetError):
        import_file(actor, Breaking(text.encode()))
    stored = Person.select().count()

    report = load(actor, text)

    assert 0 < stored < 5_000
    assert counts(report) == (5000, 5000 - stored, 0, stored, 0)


def test_no_connection_is_held_while_rows_arrive(actor):
    held = []

    class Watched(io.BytesIO):
        def read(self, size=-1, /):
            held.append(not db.database.is_closed())
            return super().read(size)

    with ThreadPoolExecutor(1) as pool:  # this thread holds the test's connection
        pool.submit(import_file, actor, Watched(people(3_000).encode())).result()

    assert len(held) > 2
    assert not any(held)


def test_two_imports_of_one_file_at_once_add_everybody_once(actor):
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: load(actor, people(3_000)), range(2)))

    assert sum(report.added for report in reports) == 3_000
    assert sum(report.unchanged for report in reports) == 3_000


@settings(max_examples=20, suppress_health_check=[*SLOW, HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.lists(st.text(max_size=30), max_size=4))
def test_whatever_a_file_holds_every_row_is_in_one_count(actor, data, cells):
    row = ",".join(cells).encode("utf-8", "surrogatepass")

    report = import_file(actor, io.BytesIO(b"email,name,custom\n" + data + b"\n" + row))

    assert report.rows == sum(counts(report)[1:])


def test_a_batch_is_all_that_is_kept_in_memory():
    items = iter(range(importing.BATCH_ROWS * 3))

    next(importing._batches(items))

    assert next(items) == importing.BATCH_ROWS
