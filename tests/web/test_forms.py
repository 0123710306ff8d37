"""What a form and an address say, and what is refused of it."""

import pytest
from flask import Flask

from backend.errors import Invalid
from backend.web import forms


class Switch(forms.Form):
    is_on: bool = False


def posted(**fields):
    return Flask("toy").test_request_context("/", method="POST", data=fields)


def test_what_a_form_does_not_know_is_dropped():
    with posted(is_on="true", csrf_token="x"):
        assert forms.checked(Switch) == Switch(is_on=True)


@pytest.mark.parametrize("fault", ["problems.no_choice", "problems.on_or_off"])
def test_a_form_that_does_not_fit_is_refused_in_the_pages_words(fault):
    with posted(is_on="perhaps"), pytest.raises(Invalid) as refused:
        forms.checked(Switch, fault)

    assert refused.value.sentence.key == fault


def test_a_form_that_is_shown_again_keeps_what_is_named():
    with posted(email="a@ours.test", password="secret"):
        assert forms.filled("email", "name") == {"email": "a@ours.test", "name": ""}


def test_a_searchs_empty_fields_ask_for_nothing():
    with Flask("toy").test_request_context("/?q=price&owner=&kind=lead"):
        assert forms.asked() == {"q": "price", "kind": "lead"}


def test_behind_a_form_one_is_led_on_by_get():
    with posted():
        answer = forms.lead_to("/console/feed?done=1")

    assert (answer.status_code, answer.location) == (303, "/console/feed?done=1")


@pytest.mark.parametrize(
    ("why", "fault", "status"),
    [("nothing is wrong", "", 200), ("a word", "weak", 422), ("names of fields", {"label"}, 422)],
)
def test_a_page_with_a_fault_says_so_by_its_status(why, fault, status):
    assert forms.shown("<p>", fault).status_code == status, why
