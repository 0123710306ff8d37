import pytest

from backend import clock
from backend.web.people.work_shapes import DuplicatesOut, MergeOut, MergesOut
from tests.world import bearer

PEOPLE = "/api/v1/people"


@pytest.fixture
def two(client, as_alice):
    """Two records of one person."""
    made = [
        client.post(PEOPLE, headers=as_alice, json={"name": name, "addresses": ["ann@acme.test"]})
        for name in ("Ann", "Anne")
    ]
    return [answer.json["id"] for answer in made]


def test_a_duplicate_is_shown_merged_and_taken_apart(client, as_alice, two):
    ann, anne = two

    shown = client.get(f"{PEOPLE}/{ann}/duplicates", headers=as_alice)
    merged = client.post(f"{PEOPLE}/{ann}/merges", headers=as_alice, json={"person_id": anne})
    followed = client.get(f"{PEOPLE}/{anne}", headers=as_alice).json
    history = client.get(f"{PEOPLE}/{ann}/merges", headers=as_alice)
    undone = client.delete(f"{PEOPLE}/merges/{merged.json['id']}", headers=as_alice)

    (duplicate,) = DuplicatesOut.model_validate(shown.json).items
    assert (duplicate.person.id, duplicate.because) == (anne, "address")
    assert merged.status_code == 201
    assert MergeOut.model_validate(merged.json).merged.addresses == ["ann@acme.test"]
    assert followed["id"] == ann
    assert len(MergesOut.model_validate(history.json).items) == 1
    assert (undone.status_code, undone.json["id"]) == (200, anne)


def test_what_cannot_be_merged_is_a_problem(world, client, as_alice, two):
    path = f"{PEOPLE}/{two[0]}/merges"
    client.post(path, headers=as_alice, json={"person_id": two[1]})

    for body, status in (
        ({"person_id": two[0]}, 422),
        ({"person_id": two[1]}, 409),
        ({"person_id": clock.new_id()}, 404),
        ({"person_id": "x"}, 422),
        ({}, 422),
    ):
        answer = client.post(path, headers=as_alice, json=body)
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), body


def test_another_organisations_merges_look_unknown(world, client, as_alice, two):
    merged = client.post(
        f"{PEOPLE}/{two[0]}/merges", headers=as_alice, json={"person_id": two[1]}
    ).json
    mallory = bearer(world.users["mallory"])

    answers = [
        client.get(f"{PEOPLE}/{two[0]}/merges", headers=mallory),
        client.get(f"{PEOPLE}/{two[0]}/duplicates", headers=mallory),
        client.delete(f"{PEOPLE}/merges/{merged['id']}", headers=mallory),
        client.post(f"{PEOPLE}/{two[0]}/merges", headers=mallory, json={"person_id": two[1]}),
    ]

    assert {answer.status_code for answer in answers} == {404}
