import pytest

from backend.errors import Invalid
from backend.people.columns import Columns, Entry, Fault
from backend.people.csv_rows import Row
from backend.words.sentence import Sentence

OWNERS = {"ann@ours.test": "id-of-ann"}


def read(header, *cells):
    return Columns(header, OWNERS).read(Row(2, cells))


@pytest.mark.parametrize(
    "label", ["email", "Emails", " E-Mail", "EMAIL ADDRESS", "address", "Addresses"]
)
def test_a_column_is_known_by_its_name_in_any_case(label):
    entry = read((label.strip(),), "Ann <Ann@X.test>".partition(" ")[2])

    assert entry.given == {"addresses": ("ann@x.test",)}


def test_a_row_gives_its_fields():
    header = ("Kind", "Name", "Email", "Owner", "Country", "Do Not Track", "Consent", "Fax")
    cells = ("Lead", " Ann ", "a@x.test; b@x.test", "ANN@ours.test", "de", "Yes", "granted", "7")

    assert read(header, *cells) == Entry(
        row=2,
        source="csv",
        external_id="a@x.test",
        given={
            "kind": "lead",
            "name": "Ann",
            "addresses": ("a@x.test", "b@x.test"),
            "owner_id": "id-of-ann",
            "country": "DE",
            "do_not_track": True,
            "consent": "granted",
            "custom": {"Fax": "7"},
        },
    )


def test_an_empty_cell_says_nothing():
    assert read(("email", "name", "company"), "a@x.test", " ").given == {"addresses": ("a@x.test",)}


@pytest.mark.parametrize(
    ("why", "header", "cells", "key"),
    [
        ("both are given", ("source", "external_id"), ("crm", "7"), ("crm", "7")),
        ("a file without sources", ("external_id",), ("7",), ("csv", "7")),
        ("no id: the address", ("source", "email"), ("crm", "A@x.test"), ("crm", "a@x.test")),
    ],
)
def test_a_row_is_known_by_source_and_external_id(why, header, cells, key):
    entry = read(header, *cells)

    assert (entry.source, entry.external_id) == key, why


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("kind", "friend", "contact, lead"),
        ("email", "nobody", "e-mail address"),
        ("email", ";", "1 to 50"),
        ("email", ",".join(f"a{n}@x.test" for n in range(51)), "1 to 50"),
        ("name", "x" * 201, "200"),
        ("company", "x" * 201, "200"),
        ("owner", "mallory@theirs.test", "user of this organisation"),
        ("country", "Germany", "two-letter"),
        ("do_not_track", "perhaps", "yes or no"),
        ("consent", "sure", "unknown, granted, denied"),
        ("source", "x" * 101, "100"),
        ("external_id", "x" * 401, "400"),
        ("Fax", "x" * 2001, "2,000"),
        ("Fax", "a\0b", "NUL"),
        ("Fax", "\udcfc", "UTF-8"),
    ],
)
def test_a_wrong_cell_is_named_with_its_column(column, cell, reason):
    header = tuple(dict.fromkeys(("email", "external_id", column)))
    cells = {"email": "a@x.test", "external_id": "7"} | {column: cell}

    faults = read(header, *(cells[name] for name in header))

    assert [(fault.row, fault.column) for fault in faults] == [(2, column)]
    assert reason in faults[0].reason.told()


def test_every_wrong_cell_of_a_row_is_named():
    faults = read(("email", "kind", "country"), "x", "y", "z")

    assert [fault.column for fault in faults] == ["email", "kind", "country"]


@pytest.mark.parametrize(
    ("why", "row", "reason"),
    [
        ("more cells than columns", Row(2, ("a@x.test", "b", "c")), "3 cells"),
        ("nothing to know it by", Row(2, ("", "Ann")), "needs an external_id"),
        ("it could not be read", Row(2, fault=Sentence("fields.empty")), "is empty"),
    ],
)
def test_a_row_that_is_wrong_as_a_whole_names_no_column(why, row, reason):
    faults = Columns(("email", "name"), OWNERS).read(row)

    assert isinstance(faults, list)
    (fault,) = faults

    assert (fault.row, fault.column) == (2, ""), why
    assert reason in fault.reason.told()
    assert isinstance(fault, Fault)


@pytest.mark.parametrize(
    ("why", "header", "words"),
    [
        ("the same name twice", ("email", "Fax", "fax"), "mean the same"),
        ("two names of one field", ("email", "E-Mail"), "mean the same"),
        ("a column without a name", ("email", ""), "needs a name"),
        ("a name too long", ("email", "x" * 101), "needs a name"),
        ("nothing to know people by", ("name", "company"), "email or an external_id"),
        ("too many of its own", ("email", *(f"c{n}" for n in range(51))), "at most 50"),
    ],
)
def test_a_header_that_cannot_be_meant_is_refused(why, header, words):
    with pytest.raises(Invalid, match=words):
        Columns(header, OWNERS)
