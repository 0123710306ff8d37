"""Only the places named change."""

import pytest

from backend.mail.splice import Edit, merged, removal, spliced


def test_edits_are_made_in_any_order():
    text = "one two three"

    result = spliced(text, [Edit(8, 13, "3"), Edit(0, 3, "1"), Edit(4, 4, "and ")])

    assert result == "1 and two 3"


def test_of_two_that_overlap_the_first_is_made():
    assert spliced("abcdef", [Edit(1, 4, "X"), Edit(2, 3, "Y")]) == "aXef"


def test_an_insertion_within_a_removed_place_stands_behind_it():
    assert spliced("abcdef", [Edit(1, 4, ""), Edit(2, 2, "!")]) == "a!ef"


def test_places_that_touch_become_one():
    assert merged([(5, 7), (0, 2), (2, 4), (6, 9)]) == [(0, 4), (5, 9)]


@pytest.mark.parametrize(
    ("why", "text", "expected"),
    [
        ("text", "a[]b", "ab"),
        ("a new tag", "<[]b>", "< b>"),
        ("a new end tag", "<[]/b>", "< /b>"),
        ("a new comment", "<[]!--", "< !--"),
        ("the end of a comment", "--[]>", "-- >"),
        ("tags side by side stay so", "<b>[]</b>", "<b></b>"),
        ("nothing behind it", "<[]", "<"),
    ],
)
def test_a_removal_joins_nothing_into_markup(why, text, expected):
    start, end = text.index("["), text.index("]") + 1

    assert spliced(text, [removal(text, start, end)]) == expected, why
