"""import-people from the command line."""

import pytest

from tests.people import books

FILE = "external_id,name,email\n1,Ann,ann@there.test\n2,Bo,not an address\n3,Cy,cy@there.test\n"


def test_a_file_is_imported_once(here):
    path = here.folder / "people.csv"
    path.write_text(FILE)

    first, second = (here.run("import-people", str(path)) for _ in range(2))

    assert "3 rows: 2 added, 0 updated" in first.stdout
    assert first.stderr
    assert "3 rows: 0 added, 0 updated" in second.stdout
    assert "Traceback" not in first.stderr + second.stderr


@pytest.mark.parametrize("name", ["people.vcf", "people.xlsx"])
def test_cards_and_workbooks_are_imported_too(here, name):
    path = here.folder / name
    if name.endswith("vcf"):
        path.write_text("BEGIN:VCARD\nFN:Dee\nEMAIL:dee@there.test\nEND:VCARD\n")
    else:
        path.write_bytes(books.workbook([["name", "email"], ["Eve", "eve@there.test"]]))

    done = here.run("import-people", str(path))

    assert "1 rows: 1 added" in done.stdout, done.stderr
    assert done.returncode == 0


def test_a_file_that_is_not_there_is_one_line(here):
    done = here.run("import-people", "nowhere.csv")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "nowhere.csv cannot be read: No such file or directory.\n"


def test_a_file_that_is_not_there_makes_no_organization(fresh):
    fresh.told("migrate")
    fresh.run("import-people", "nowhere.csv")

    assert fresh.told("verify") == ""
