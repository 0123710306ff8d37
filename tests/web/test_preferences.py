import pytest

from backend.models.access import Scope
from tests.world import bearer

ME, PREFERENCES = "/api/v1/me", "/api/v1/preferences"


@pytest.mark.parametrize("scope", list(Scope))
def test_every_token_tells_whose_it_is(world, client, scope):
    answer = client.get(ME, headers=bearer(world.alice, scope))

    assert answer.json == {
        "id": world.alice.id,
        "email": "alice@ours.test",
        "name": "alice",
        "role": "rep",
        "scope": scope,
        "time_zone": "UTC",
        "organization": {"id": world.alice.org_id, "name": "Ours"},
    }


def test_nobody_is_nobody(client):
    for call in (client.get(ME), client.get(PREFERENCES), client.put(PREFERENCES, json={})):
        assert (call.status_code, call.mimetype) == (401, "application/problem+json")


def test_a_new_user_tracks_nothing(client, as_alice):
    shown = client.get(PREFERENCES, headers=as_alice).json

    assert (shown["opens"], shown["links"]) == (False, False)
    assert (shown["theme"], shown["language"], shown["time_zone"]) == ("system", "system", "UTC")
    assert shown["notifications"]["click"] == {"in_app": True, "push": True, "mail": False}


@pytest.mark.req("R11", "R77")
def test_a_choice_is_kept_and_the_rest_stays(world, client, as_alice):
    client.put(PREFERENCES, headers=as_alice, json={"opens": True, "time_zone": "Europe/Berlin"})
    panel = bearer(world.alice, Scope.READ)

    answer = client.put(
        PREFERENCES, headers=panel, json={"notifications": {"open": {"mail": True}}, "links": True}
    )

    shown = client.get(PREFERENCES, headers=as_alice).json
    assert answer.json == shown
    assert (shown["opens"], shown["links"], shown["time_zone"]) == (True, True, "Europe/Berlin")
    assert shown["notifications"]["open"] == {"in_app": True, "push": False, "mail": True}


def test_what_is_shown_can_be_put_back(client, as_alice):
    shown = client.get(PREFERENCES, headers=as_alice).json

    assert client.put(PREFERENCES, headers=as_alice, json=shown).json == shown


def test_a_stamp_token_changes_nothing(world, client):
    headers = bearer(world.alice, Scope.STAMP)

    assert client.put(PREFERENCES, headers=headers, json={"opens": True}).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"role": "admin"},
        {"opens": "perhaps"},
        {"opens": "yes"},
        {"links": 1},
        {"notifications": {"open": {"mail": "on"}}},
        {"theme": "pink"},
        {"language": "fr"},
        {"time_zone": "../../etc/passwd"},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "UTC\0"},
        {"notifications": {"open": {"fax": True}}},
        {"notifications": {"anything": {}}},
        {"notifications": []},
        {"opens": 2**63},
        [],
        None,
    ],
)
def test_what_cannot_be_chosen_is_refused(client, as_alice, body):
    before = client.get(PREFERENCES, headers=as_alice).json

    answer = client.put(PREFERENCES, headers=as_alice, json=body)

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert client.get(PREFERENCES, headers=as_alice).json == before
