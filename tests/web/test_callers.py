"""The caller of a request, as pages and APIs hand her on."""

from dataclasses import replace

import pytest
from flask import Flask, g

from backend.models.access import Caller, Scope
from backend.web import callers
from tests.capture.counting import statements


@pytest.fixture
def come(world):
    """The request of a user, with her role or another one."""

    def come(name, role=None):
        user = world.users[name]
        g.caller = Caller(
            user.id, user.org_id, user.team_id, role or user.role, user.email, Scope.API
        )
        return user

    with Flask("toy").test_request_context():
        yield come


def test_she_is_handed_on_as_who_she_is(come):
    ada = come("ada")

    assert callers.me() == ada
    assert callers.me().preferences == ada.preferences
    assert callers.admin().email == ada.email
    assert (callers.viewer().user_id, callers.viewer().role) == (ada.id, "admin")
    assert callers.viewer().team_id == ada.team_id


def test_a_row_that_has_come_with_her_is_not_asked_for_again(come):
    ada = come("ada")
    g.caller = replace(g.caller, row=ada)

    with statements() as sent:
        assert callers.me() is ada

    assert sent == []


@pytest.mark.parametrize(
    ("role", "can"), [("rep", True), ("manager", True), ("admin", True), ("auditor", False)]
)
def test_an_auditor_only_looks(come, role, can):
    come("alice", role)

    assert callers.can_edit() is can
