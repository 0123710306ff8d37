import csv
import io

import pytest

from backend.models.org import AuditLog
from backend.models.people import Person
from backend.people import exporting, finding
from backend.people.adding import add
from backend.people.exporting import export
from backend.people.importing import Plan, import_file
from backend.people.tables import FileKind
from backend.people.values import Actor

HOSTILE = {
    "name": '=HYPERLINK("http://evil.test";"x")',
    "addresses": ("a@x.test", "b@x.test"),
    "company": "A; B, \\C\nD",
    "custom": {"+phone": "+49 30", "size": 5},
    "do_not_track": True,
    "consent": "denied",
}


@pytest.fixture
def actor(world):
    return Actor(world.alice.org_id, world.alice.id)


def exported(actor, file_kind=FileKind.CSV, **query):
    return b"".join(export(actor, finding.Query(**query), file_kind))


def table(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_no_cell_is_a_formula(actor):
    add(actor, HOSTILE, "crm", "-1")

    (row,) = table(exported(actor, q="a@x.test"))

    assert row["name"].startswith("'=HYPERLINK")
    assert (row["external_id"], row["'+phone"], row["size"]) == ("'-1", "'+49 30", "5")
    assert (row["email"], row["do_not_track"]) == ("a@x.test; b@x.test", "yes")


@pytest.mark.parametrize("kind", [FileKind.CSV, FileKind.VCARD])
def test_what_went_out_comes_back_in_and_changes_nothing(world, actor, kind):
    add(actor, HOSTILE | {"custom": {}, "owner_id": world.alice.id}, "my:crm", "-1;2")
    people = finding.page(actor.org_id, finding.Query()).items

    report = import_file(actor, io.BytesIO(exported(actor, kind)), plan=Plan(kind))

    assert (report.rows, report.unchanged) == (len(people), len(people)), report.errors
    assert finding.page(actor.org_id, finding.Query()).items == people


def test_a_column_of_its_own_that_looks_like_a_formula_comes_back_by_its_name(actor):
    person_id = add(actor, {"name": "Ann", "custom": {"+phone": "+49 30"}}, "crm", "1")

    report = import_file(actor, io.BytesIO(exported(actor, q="ann")))

    assert (report.rows, report.unchanged) == (1, 1)
    assert finding.one(actor.org_id, person_id).custom == {"+phone": "+49 30"}


def test_lines_of_a_card_are_folded_between_characters(actor):
    add(actor, {"name": "Ü" * 100})

    data = exported(actor, FileKind.VCARD, q="ü")

    assert max(len(line) for line in data.split(b"\r\n")) <= exporting.FOLD_BYTES
    assert "Ü" * 100 in data.replace(b"\r\n ", b"").decode()


@pytest.mark.parametrize(
    ("why", "query", "names"),
    [
        ("everybody", {}, ["Carol", "Dana", "Leo"]),
        ("by kind", {"kind": "lead"}, ["Leo"]),
        ("who is not to be tracked", {"do_not_track": True}, ["Dana"]),
        ("nobody", {"q": "zzz"}, []),
    ],
)
def test_the_filter_decides_who_is_in_it(actor, why, query, names):
    assert [row["name"] for row in table(exported(actor, **query))] == names, why


def test_it_holds_a_page_at_a_time_and_loses_nobody(actor):
    count = 2 * exporting.PAGE_ROWS + 1
    for number in range(count):
        add(actor, {"name": f"P{number:04}", "addresses": (f"p{number}@bulk.test",)})

    pieces = list(export(actor, finding.Query(q="bulk.test"), FileKind.CSV))

    assert len(pieces) == 4  # the header and three pages
    assert [row["name"] for row in table(b"".join(pieces))] == [f"P{n:04}" for n in range(count)]


def test_it_leaves_a_line_in_the_audit_log_without_what_was_searched(actor):
    exported(actor, kind="lead", q="leo@martin.test")

    (line,) = AuditLog.select().where(AuditLog.action == "people.export")
    assert line.detail == {"people": 1, "kind": "lead", "is_searched": True}
    assert line.actor == actor.name


@pytest.mark.parametrize("kind", [FileKind.CSV, FileKind.VCARD])
def test_who_goes_away_half_way_leaves_a_line_of_what_he_has(actor, kind):
    for number in range(exporting.PAGE_ROWS + 1):
        add(actor, {"name": f"P{number:04}", "addresses": (f"p{number}@bulk.test",)})

    pieces = export(actor, finding.Query(q="bulk.test"), kind)
    while b"P0000" not in next(pieces):
        pass
    del pieces  # as a server lets go of an answer that nobody takes any more

    (line,) = AuditLog.select().where(AuditLog.action == "people.export")
    assert line.detail == {"people": exporting.PAGE_ROWS, "is_searched": True}


def test_another_organisations_people_stay_out(world):
    mallory = world.users["mallory"]

    assert table(exported(Actor(mallory.org_id, mallory.id))) == []
    assert Person.select().count() == 3
