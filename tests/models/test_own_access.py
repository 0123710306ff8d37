from datetime import timedelta

import pytest

from backend import clock
from backend.errors import Conflict, NotFound
from backend.models import own_access
from backend.models.access import (
    SESSION_LIFE,
    Proof,
    Scope,
    caller_of_session,
    caller_of_token,
    issue_signin_link,
    issue_token,
    name_session,
    open_session,
    open_session_of,
)
from backend.models.org import ApiToken, AuditLog


def test_a_token_is_made_listed_and_revoked_at_once(world):
    made, text = own_access.make_token(world.alice, Scope.READ, "My script")
    assert caller_of_token(text).user_id == world.alice.id

    own_access.revoke_token(world.alice, made.id)

    assert (made.label, made.scope) == ("My script", "read")
    assert caller_of_token(text) is None
    assert own_access.tokens_of(world.alice.id) == []
    actions = [line.action for line in AuditLog.select().order_by(AuditLog.id)]
    assert actions == ["token.made", "token.revoked"]


def test_the_token_that_was_made_is_the_one_that_is_named(world):
    later = clock.now() + timedelta(minutes=1)
    issue_token(world.alice, Scope.READ, "a panel's, at the same moment")
    ApiToken.update(created_at=later).execute()

    made, text = own_access.make_token(world.alice, Scope.API, "My script")

    assert made.label == "My script"
    own_access.revoke_token(world.alice, made.id)
    assert caller_of_token(text) is None


def test_a_browser_whose_code_is_still_to_come_is_not_signed_in(world):
    open_session_of(world.alice, Proof(awaits_code=True))

    assert own_access.sessions_of(world.alice.id) == []


def test_nobody_revokes_anothers_token_or_the_same_one_twice(world):
    made, text = own_access.make_token(world.alice, Scope.API, "x")

    with pytest.raises(NotFound):
        own_access.revoke_token(world.users["bob"], made.id)
    assert caller_of_token(text)
    own_access.revoke_token(world.alice, made.id)
    for token_id in (made.id, clock.new_id()):
        with pytest.raises(NotFound):
            own_access.revoke_token(world.alice, token_id)


def test_there_is_an_end_to_how_many_tokens_one_has(world):
    for number in range(own_access.MAX_TOKENS):
        own_access.make_token(world.alice, Scope.READ, str(number))

    with pytest.raises(Conflict, match="revoke one"):
        own_access.make_token(world.alice, Scope.READ, "one more")


def test_browsers_are_listed_by_what_they_said_and_ended(world, time_machine):
    text = open_session(issue_signin_link(world.alice))
    name_session(text, "Firefox on Linux")
    open_session(issue_signin_link(world.users["bob"]))
    (session,) = own_access.sessions_of(world.alice.id)

    with pytest.raises(NotFound):
        own_access.end_session_of(world.users["bob"], session.id)
    assert caller_of_session(text)
    own_access.end_session_of(world.alice, session.id)

    assert session.client == "Firefox on Linux"
    assert caller_of_session(text) is None
    assert own_access.sessions_of(world.alice.id) == []
    time_machine.move_to(clock.wall() + SESSION_LIFE * 2)
    assert own_access.sessions_of(world.users["bob"].id) == []
