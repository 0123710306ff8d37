import pytest

from backend.errors import Unfit
from backend.people import cells
from backend.people.columns import Meaning


@pytest.mark.parametrize(
    ("why", "text", "written"),
    [
        ("a formula", "=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("a phone number", "+49 30", "'+49 30"),
        ("a negative number", "-1", "'-1"),
        ("an old macro", "@SUM(1)", "'@SUM(1)"),
        ("a tab in front", "\t=1", "'\t=1"),
        ("a full-width sign", "\N{FULLWIDTH EQUALS SIGN}1", "'\N{FULLWIDTH EQUALS SIGN}1"),
        ("a full-width minus", "\N{FULLWIDTH HYPHEN-MINUS}1", "'\N{FULLWIDTH HYPHEN-MINUS}1"),
        ("a full-width at", "\N{FULLWIDTH COMMERCIAL AT}S", "'\N{FULLWIDTH COMMERCIAL AT}S"),
        ("a line's end in front", "\n=1", "'\n=1"),
        ("one that looks as if written by us", "'=1", "''=1"),
        ("an apostrophe of its own", "'t Hooft", "'t Hooft"),
        ("an address", "a@x.test", "a@x.test"),
        ("nothing", "", ""),
    ],
)
def test_a_cell_is_no_formula_and_comes_back_as_it_was(why, text, written):
    assert cells.harmless(text) == written, why
    assert cells.plain(written) == text


def test_every_field_of_a_person_has_its_parser():
    for meaning in set(Meaning) - {Meaning.CUSTOM, Meaning.SKIP}:
        assert callable(cells.parser_of(meaning, {}))


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("do_not_track", "Yes", True),
        ("do_not_track", "0", False),
        ("do_not_track", "Ja", True),
        ("do_not_track", "WAHR", True),
        ("do_not_track", "x", True),
        ("do_not_track", "Nein", False),
        ("do_not_track", "FALSCH", False),
        ("kind", "LEAD", "lead"),
        ("consent", "Denied", "denied"),
        ("country", "de", "DE"),
        ("addresses", "A@x.test; b@x.test,a@x.test", ("a@x.test", "b@x.test")),
        ("owner_id", "ANN@ours.test", "7"),
    ],
)
def test_a_cell_becomes_a_value(field, text, value):
    assert cells.parser_of(field, {"ann@ours.test": "7"})(text) == value


@pytest.mark.parametrize(
    ("field", "text", "advice"),
    [
        ("do_not_track", "perhaps", "yes or no"),
        ("kind", "friend", "contact, lead"),
        ("addresses", "nobody", "an e-mail address"),
        ("owner_id", "eve@ours.test", "a user of this organisation"),
        ("name", "x" * 201, "at most 200"),
    ],
)
def test_a_cell_that_cannot_be_says_what_it_must_be(field, text, advice):
    with pytest.raises(Unfit, match=advice):
        cells.parser_of(field, {})(text)
