import io

import pytest

from backend.errors import Invalid
from backend.models.people import Person
from backend.people import previewing
from backend.people.columns import Meaning
from backend.people.tables import FileKind


def look(world, text, *chosen, kind=FileKind.CSV):
    stream = io.BytesIO(text.encode())
    return previewing.preview(world.alice.org_id, kind, stream, [Meaning(each) for each in chosen])


def test_it_tells_what_each_column_is_and_what_the_rows_would_do(world):
    text = (
        "source,external_id,E-Mail,Shoe size\n"
        "test,carol,carol@x.test,38\n"
        "test,new,new@x.test,\n"
        "test,new,new@x.test,\n"
        "test,bad,nobody,39\n"
    )

    seen = look(world, text)

    assert [(each.label, each.meaning) for each in seen.columns] == [
        ("source", "source"),
        ("external_id", "external_id"),
        ("E-Mail", "addresses"),
        ("Shoe size", "custom"),
    ]
    assert seen.columns[3].samples == ("38", "", "", "39")
    assert (seen.checked, seen.new, seen.known, seen.failed) == (4, 1, 2, 1)
    assert [(fault.row, fault.column) for fault in seen.faults] == [(5, "E-Mail")]
    assert seen.is_whole
    assert Person.select().count() == 3


def test_another_meaning_can_be_chosen_for_each_column(world):
    seen = look(world, "who,where\nAnn,ann@x.test\n", "name", "addresses")

    assert (seen.problem, seen.new) == (None, 1)


@pytest.mark.parametrize(
    ("why", "text", "chosen", "problem"),
    [
        ("nothing to tell people apart by", "who,where\nAnn,x\n", (), "email or an external_id"),
        ("two of one meaning", "email,mail\na@x.test,b\n", ("addresses", "addresses"), "the same"),
        ("too few meanings", "email,mail\na@x.test,b\n", ("addresses",), "each"),
    ],
)
def test_columns_that_cannot_be_used_are_shown_with_the_reason(world, why, text, chosen, problem):
    seen = look(world, text, *chosen)

    assert problem in seen.problem.told(), why
    assert (len(seen.columns), seen.checked) == (2, 0)


def test_a_file_without_a_header_is_refused(world):
    with pytest.raises(Invalid):
        look(world, "")


def test_only_the_beginning_is_looked_at(world):
    text = "email\n" + "".join(f"p{n}@x.test\n" for n in range(previewing.CHECKED_ROWS + 5))

    seen = look(world, text)

    assert (seen.checked, seen.is_whole) == (previewing.CHECKED_ROWS, False)


def test_cells_are_shown_short_and_without_what_is_no_text(world):
    seen = look(world, "email,note\na@x.test," + "x" * 200 + "\nb@x.test,a\0b\n")

    assert len(seen.columns[1].samples[0]) == previewing.SHOWN_CHARS
    assert seen.columns[1].samples[1] == "a\N{REPLACEMENT CHARACTER}b"


def test_a_card_is_previewed_too(world):
    seen = look(world, "BEGIN:VCARD\nFN:Ann\nEMAIL:a@x.test\nEND:VCARD\n", kind=FileKind.VCARD)

    assert (seen.new, seen.failed) == (1, 0)
