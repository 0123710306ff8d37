"""Tokens, sign-in links and sessions as rows: only hashes, used once, over in time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from backend import clock, db
from backend.models.access import (
    LAST_USED_STEP,
    Scope,
    caller_of_session,
    caller_of_token,
    end_session,
    issue_signin_link,
    issue_token,
    open_session,
)
from backend.models.org import ApiToken, Session, SigninLink, User
from tests.capture.counting import statements


def test_a_token_says_whose_it_is(world):
    for scope in Scope:
        caller = caller_of_token(issue_token(world.alice, scope))

        assert caller
        assert (caller.user_id, caller.scope, caller.role) == (world.alice.id, scope, "rep")
        assert (caller.org_id, caller.team_id) == (world.alice.org_id, world.alice.team_id)
        assert caller.session_id is None


def test_a_token_brings_its_users_row_along_where_that_is_asked_for(world):
    User.update(preferences={"theme": "dark"}, time_zone="Asia/Tokyo").execute()
    token = issue_token(world.alice, Scope.API)

    with statements() as sent:
        known = caller_of_token(token, with_row=True)
    without = caller_of_token(token)

    assert known == without
    assert (known.row.__data__, without.row) == (User.get_by_id(world.alice.id).__data__, None)
    assert len([sql for sql in sent if sql.startswith("SELECT")]) == 1
    assert "Tokyo" not in repr(known)


@pytest.mark.parametrize("text", ["", "x", "tt_api_", "\0", "\udcff", "ä" * 10_000])
def test_any_other_text_is_nobodys(world, text):
    assert caller_of_token(text) is None
    assert caller_of_session(text) is None
    assert open_session(text) is None


def test_no_way_in_is_kept_as_it_is(world):
    token = issue_token(world.alice, Scope.API)
    code = issue_signin_link(world.alice)
    session = open_session(issue_signin_link(world.alice))

    kept = [str(row) for table in ("api_token", "signin_link", "session") for row in rows_of(table)]

    assert len(kept) == 4
    for text in (token, code, session, token.split("_", 2)[2]):
        assert text
        assert all(text not in row for row in kept)


def rows_of(table):
    return db.rows(f"SELECT * FROM {table}")


def test_a_moved_clock_signs_nobody_out(world):
    code, session = issue_signin_link(world.alice), open_session(issue_signin_link(world.alice))
    clock.run_ahead_by(lambda: timedelta(days=400))
    try:
        opened = open_session(code)
        callers = [caller_of_session(text) for text in (session, opened)]
    finally:
        clock.run_ahead_by(None)

    assert all(caller and caller.user_id == world.alice.id for caller in callers)


def test_a_thousand_ways_in_are_all_different(world):
    assert len({issue_signin_link(world.alice) for _ in range(1_000)}) == 1_000


def test_twenty_at_once_open_one_session(world, store):
    code = issue_signin_link(world.alice)

    def attempt(_number):
        with db.connection():
            return open_session(code)

    with ThreadPoolExecutor(20) as pool:
        opened = [text for text in pool.map(attempt, range(20)) if text]

    assert len(opened) == 1
    assert Session.select().count() == 1
    caller = caller_of_session(opened[0])
    assert caller
    assert caller.user_id == world.alice.id


def test_an_ended_session_is_over(world):
    text = open_session(issue_signin_link(world.alice))
    assert text
    caller = caller_of_session(text)
    assert caller
    assert caller.session_id

    end_session(caller.session_id)

    assert caller_of_session(text) is None
    assert Session.get_by_id(caller.session_id).ended_at is not None


def test_a_disabled_user_has_no_way_in(world):
    token, text = issue_token(world.alice, Scope.API), open_session(issue_signin_link(world.alice))
    assert text

    User.update(is_disabled=True).execute()

    assert (caller_of_token(token), caller_of_session(text)) == (None, None)


def test_a_revoked_token_is_nobodys(world):
    token = issue_token(world.alice, Scope.API)

    ApiToken.update(revoked_at=clock.now()).execute()

    assert caller_of_token(token) is None


def test_the_last_use_is_noted_once_a_minute(world):
    token = issue_token(world.alice, Scope.API)
    noted = []

    for after in (timedelta(), LAST_USED_STEP / 2, LAST_USED_STEP * 2):
        with time_machine.travel(clock.now() + after, tick=False):
            caller_of_token(token)
        noted.append(ApiToken.get().last_used_at)

    first, soon, later = (at for at in noted if at is not None)
    assert first == soon < later


def test_a_used_link_remembers_when(world):
    open_session(issue_signin_link(world.alice))

    assert SigninLink.get().used_at is not None
