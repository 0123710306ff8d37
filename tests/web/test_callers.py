"""The caller of a request, as pages and APIs hand her on."""

import pytest
from flask import Flask, g

from backend.models.access import Caller, Scope
from backend.web import callers


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


@pytest.mark.parametrize(
    ("role", "can"), [("rep", True), ("manager", True), ("admin", True), ("auditor", False)]
)
def test_an_auditor_only_looks(come, role, can):
    come("alice", role)

    assert callers.can_edit() is can
