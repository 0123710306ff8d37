"""A person's own fields are changed, removed and added by the form."""

import pytest
from playwright.sync_api import expect
from werkzeug.datastructures import MultiDict

from backend.models.people import Person
from backend.people import changing
from backend.people.values import Actor
from backend.web.people import custom
from backend.web.people.custom import Own

PEOPLE = "/console/people"
STORED = {"Phone": "123", "Note": "two\nlines", "Score": 7, "Tags": ["a", "b"]}


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def carol(world):
    changing.change(
        Actor(world.alice.org_id, world.alice.id), world.people["carol"].id, {"custom": STORED}
    )
    return world.people["carol"].id


def test_own_fields_are_changed_removed_and_added_and_others_kept(
    site, rep, carol, eyes, console_errors
):
    rep.goto(f"{site}{PEOPLE}/{carol}/edit")
    expect(rep.get_by_label("Note")).to_have_value("two\nlines")
    rep.get_by_label("Phone").fill("456")
    rep.get_by_label("Note").fill("")
    rep.get_by_label("Its text").fill("<b>blue</b>")
    rep.get_by_role("button", name="Save").click()
    expect(rep.get_by_text("Give each text a name of its own")).to_be_visible()
    assert eyes.faults(rep, "person-edit-own-fields") == []

    expect(rep.get_by_label("Its text").first).to_have_value("<b>blue</b>")
    rep.get_by_label("New field").first.fill("Colour")
    rep.get_by_role("button", name="Save").click()

    expect(rep.get_by_text("<b>blue</b>")).to_be_visible()
    assert Person.get_by_id(carol).custom == {
        "Phone": "456", "Score": 7, "Tags": ["a", "b"], "Colour": "<b>blue</b>"
    }  # fmt: skip
    console_errors.clear()  # a form that is shown again answers 422


@pytest.mark.parametrize(
    ("why", "rows", "is_faulty"),
    [
        ("all well", [Own("a", "1"), Own("b", "")], False),
        ("a text without a name", [Own("", "1")], True),
        ("a name twice", [Own("a", "1"), Own("a", "")], True),
        ("nothing at all", [], False),
    ],
)
def test_each_text_needs_a_name_of_its_own(why, rows, is_faulty):
    assert custom.is_faulty(rows) is is_faulty, why


def test_what_came_in_meanwhile_stays():
    assert custom.put_together({"a": "1", "new": "2"}, [Own("a", "3")]) == {
        "a": "3",
        "new": "2",
    }
    assert custom.rows_of(STORED) == [Own("Phone", "123"), Own("Note", "two\nlines")]


@pytest.mark.parametrize("text", ["8", ""])
def test_what_is_no_text_is_not_overwritten_by_a_text_of_its_name(text):
    assert custom.put_together({"Score": 7}, [Own("Score", text)]) == {"Score": 7}


def test_empty_pairs_are_left_out_and_line_ends_made_alike():
    form = MultiDict(
        [("custom_name", " a "), ("custom_text", "x\r\ny"), ("custom_name", ""),
         ("custom_text", " "), ("custom_name", "alone")]
    )  # fmt: skip

    assert custom.typed(form) == [Own("a", "x\ny")]
