import pytest

from backend.models.access import issue_signin_link
from backend.web.own_access import NewTokenOut, SessionsOut, TokensOut
from tests.world import CHROME, bearer

TOKENS, SESSIONS = "/api/v1/tokens", "/api/v1/sessions"


def test_a_token_is_shown_once_works_and_stops_at_once(client, as_alice):
    made = NewTokenOut.model_validate(
        client.post(TOKENS, headers=as_alice, json={"label": " Script ", "scope": "read"}).json,
        extra="forbid",
    )
    by_it = {"Authorization": f"Bearer {made.token}"}
    assert client.get("/api/v1/me", headers=by_it).json["scope"] == "read"
    listed = TokensOut.model_validate(client.get(TOKENS, headers=as_alice).json, extra="forbid")

    gone = client.delete(f"{TOKENS}/{made.id}", headers=as_alice)

    assert [item.label for item in listed.items] == ["Script", ""]
    assert listed.items[0].last_used_at is not None
    assert gone.status_code == 204
    assert client.get("/api/v1/me", headers=by_it).status_code == 401
    assert client.delete(f"{TOKENS}/{made.id}", headers=as_alice).status_code == 404


def test_a_panels_token_neither_lists_nor_makes_tokens(client, as_alice):
    made = client.post(TOKENS, headers=as_alice, json={"label": "Panel", "scope": "read"}).json
    panel = {"Authorization": f"Bearer {made['token']}"}

    answers = [
        client.get(TOKENS, headers=panel),
        client.post(TOKENS, headers=panel, json={"label": "More", "scope": "api"}),
        client.delete(f"{TOKENS}/{made['id']}", headers=panel),
        client.get(SESSIONS, headers=panel),
    ]

    assert {answer.status_code for answer in answers} == {403}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"label": ""},
        {"label": " "},
        {"label": "x" * 101},
        {"label": "a\0b"},
        {"label": "x", "scope": "root"},
        {"label": "x", "token": "mine"},
    ],
)
def test_a_token_that_cannot_be_is_refused(client, as_alice, body):
    answer = client.post(TOKENS, headers=as_alice, json=body)

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_a_browser_says_which_it_is_and_is_signed_out(world, app, client, as_alice):
    with app.test_client() as browser:
        browser.get(f"/signin/{issue_signin_link(world.alice)}", headers={"User-Agent": CHROME})
        own = SessionsOut.model_validate(browser.get(SESSIONS).json, extra="forbid")
        other = SessionsOut.model_validate(client.get(SESSIONS, headers=as_alice).json)
        (session,) = own.items
        mallory = client.delete(f"{SESSIONS}/{session.id}", headers=bearer(world.users["mallory"]))
        assert browser.get("/api/v1/me").status_code == 200

        ended = client.delete(f"{SESSIONS}/{session.id}", headers=as_alice)

        assert (session.is_current, other.items[0].is_current) == (True, False)
        assert "Chrome" in session.client
        assert (mallory.status_code, ended.status_code) == (404, 204)
        assert browser.get("/api/v1/me").status_code == 401
