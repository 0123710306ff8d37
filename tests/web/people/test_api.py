import pytest

from backend import clock
from backend.models.access import Scope
from backend.models.org import User
from backend.models.people import ConsentRecord
from tests.world import bearer

PEOPLE = "/api/v1/people"
IMPORT = f"{PEOPLE}/import"
ANN = {
    "kind": "lead",
    "name": "Ann Ünal",
    "addresses": ["Ann@Acme.test", "ann@home.test"],
    "company": "Acme",
    "owner": "bob@ours.test",
    "country": "tr",
    "custom": {"size": 5},
}


def add(client, headers, **changes):
    answer = client.post(PEOPLE, headers=headers, json=ANN | changes)
    assert answer.status_code == 201, answer.json
    return answer.json


def test_a_person_is_added_and_shown(world, client, as_alice):
    made = add(client, as_alice)

    assert made["addresses"] == ["ann@acme.test", "ann@home.test"]
    assert made["account"]["domain"] == "acme.test"
    assert made["owner"]["id"] == world.users["bob"].id
    assert (made["country"], made["consent"], made["do_not_track"]) == ("TR", "unknown", False)
    assert (made["source"], made["external_id"]) == ("manual", made["id"])
    assert client.get(f"{PEOPLE}/{made['id']}", headers=as_alice).json == made


def test_a_second_person_with_the_same_key_is_a_conflict(client, as_alice):
    add(client, as_alice, source="crm", external_id="7")

    answer = client.post(PEOPLE, headers=as_alice, json=ANN | {"source": "crm", "external_id": "7"})

    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")


@pytest.mark.req("R74", "R75")
def test_consent_is_changed_with_its_proof(world, client, as_alice):
    path = f"{PEOPLE}/{world.people['carol'].id}"
    proof = {"how": "phone", "text_version": "2026-11"}

    answer = client.patch(path, headers=as_alice, json={"consent": "denied", "proof": proof})

    assert (answer.json["consent"], answer.json["name"]) == ("denied", "Carol")
    (record,) = ConsentRecord.select()
    assert (record.state, record.how, record.text_version) == ("denied", "phone", "2026-11")
    assert record.actor == world.alice.id


@pytest.mark.parametrize(
    ("why", "query", "names"),
    [
        ("an owner by address", {"owner": "bob@ours.test"}, ["Ann Ünal"]),
        ("who is not to be tracked", {"do_not_track": "true"}, ["Dana"]),
        ("who may be", {"do_not_track": "false", "kind": "contact"}, ["Carol"]),
        ("an owner and a kind that do not meet", {"owner": "bob@ours.test", "kind": "contact"}, []),
    ],
)
def test_the_list_is_filtered(client, as_alice, why, query, names):
    add(client, as_alice)

    found = client.get(PEOPLE, headers=as_alice, query_string=query).json["items"]

    assert [person["name"] for person in found] == names, why


def test_an_unknown_owner_is_no_filter(world, client, as_alice):
    for query in ({"owner": "mallory@theirs.test"}, {"owner": clock.new_id()}):
        assert client.get(PEOPLE, headers=as_alice, query_string=query).status_code == 422
    query = {"account": clock.new_id()}
    assert client.get(PEOPLE, headers=as_alice, query_string=query).status_code == 404


def test_an_owner_is_taken_away_by_null(client, as_alice):
    path = f"{PEOPLE}/{add(client, as_alice)['id']}"

    assert client.patch(path, headers=as_alice, json={"owner": None}).json["owner"] is None


def test_people_are_listed_in_pages(client, as_alice):
    first = client.get(PEOPLE, headers=as_alice, query_string={"limit": 2}).json
    second = client.get(
        PEOPLE, headers=as_alice, query_string={"limit": 2, "before": first["next"]}
    ).json

    assert [person["name"] for person in first["items"] + second["items"]] == [
        "Carol",
        "Dana",
        "Leo",
    ]
    assert second["next"] is None


def test_people_are_searched_and_looked_up(client, as_alice):
    add(client, as_alice)

    found = client.get(PEOPLE, headers=as_alice, query_string={"q": "una acme", "kind": "lead"})
    looked = client.get(
        f"{PEOPLE}/lookup", headers=as_alice, query_string={"address": " ANN@home.test"}
    )

    assert [person["name"] for person in found.json["items"]] == ["Ann Ünal"]
    assert found.json == looked.json


def test_a_foreign_person_looks_like_an_unknown_one(world, client):
    mallory = bearer(world.users["mallory"])
    carol = world.people["carol"].id
    answers = [
        call(f"{PEOPLE}/{person_id}", headers=mallory, **body)
        for person_id in (carol, clock.new_id())
        for call, body in ((client.get, {}), (client.patch, {"json": {"name": "X"}}))
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert client.get(PEOPLE, headers=mallory).json["items"] == []
    query = {"address": "carol@northwind.test"}
    assert not client.get(f"{PEOPLE}/lookup", headers=mallory, query_string=query).json["items"]


@pytest.mark.parametrize(
    ("why", "role", "scope", "reads", "adds", "changes"),
    [
        ("a rep keeps people right", "rep", Scope.API, 200, 201, 200),
        ("so does a manager", "manager", Scope.API, 200, 201, 200),
        ("an auditor only looks", "auditor", Scope.API, 200, 403, 403),
        ("a panel looks, and adds whom it came upon", "rep", Scope.READ, 200, 201, 403),
        ("a stamp token does neither", "rep", Scope.STAMP, 403, 403, 403),
    ],
)
def test_who_may_do_what(world, client, why, role, scope, reads, adds, changes):
    User.update(role=role).where(User.id == world.alice.id).execute()
    headers = bearer(world.alice, scope)
    path = f"{PEOPLE}/{world.people['carol'].id}"
    upload = {"data": "email\nx@x.test\n", "content_type": "text/csv"}

    assert client.get(PEOPLE, headers=headers).status_code == reads, why
    assert client.get(path, headers=headers).status_code == reads
    assert client.post(PEOPLE, headers=headers, json=ANN).status_code == adds
    assert client.patch(path, headers=headers, json={}).status_code == changes
    assert client.post(IMPORT, headers=headers, **upload).status_code == changes


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        {"name": ""},
        {"name": "A", "org_id": "x"},
        {"name": "A", "id": "0192f0c4-0000-7000-8000-000000000000"},
        {"name": 2**63},
        {"name": "x" * 201},
        {"name": "a\0b"},
        {"name": "A", "kind": "friend"},
        {"name": "A", "addresses": "a@x.test"},
        {"name": "A", "addresses": ["nobody"]},
        {"name": "A", "addresses": [f"{n}@x.test" for n in range(51)]},
        {"name": "A", "country": "ZZ"},
        {"name": "A", "consent": "sure"},
        {"name": "A", "do_not_track": "perhaps"},
        {"name": "A", "do_not_track": "no"},
        {"name": "A", "do_not_track": 1},
        {"name": "A", "owner": "mallory@theirs.test"},
        {"name": "A", "owner": "\0"},
        {"name": "A", "external_id": "x" * 401},
        {"name": "A", "custom": {"x": "y" * 16_001}},
        {"name": "A", "custom": {"x": "a\0b"}},
        {"name": "A", "custom": []},
        {"name": "A", "proof": {"how": ""}},
    ],
)
def test_a_person_that_cannot_be_is_refused(client, as_alice, body):
    answer = client.post(PEOPLE, headers=as_alice, json=body)

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json["detail"].endswith(".")


def test_custom_fields_come_back_to_the_last_digit(client, as_alice):
    own = {
        "most": 2**64 - 1,
        "least": -(2**63),
        "fraction": 0.1234567890123456,
        "text": 'no. "18446744073709551616\\',
        "18446744073709551616": 1e300,
    }

    made = client.post(PEOPLE, headers=as_alice, json={"name": "Ann", "custom": own})

    found = client.get(f"{PEOPLE}/{made.json['id']}", headers=as_alice)
    assert found.json["custom"] == own


@pytest.mark.parametrize(
    ("why", "path", "status"),
    [
        ("a number is no id", f"{PEOPLE}/{2**63}", 404),
        ("NUL", f"{PEOPLE}/%00", 404),
        ("bytes of no text", f"{PEOPLE}/%ff%fe", 404),
        ("an import is not fetched", IMPORT, 405),
        ("no address", f"{PEOPLE}/lookup", 422),
        ("not an address", f"{PEOPLE}/lookup?address=x", 422),
        ("an unknown field", f"{PEOPLE}?org_id=1", 422),
        ("a limit out of bounds", f"{PEOPLE}?limit=1000000", 422),
        ("a huge limit", f"{PEOPLE}?limit={2**63}", 422),
        ("not a cursor", f"{PEOPLE}?before=x", 422),
        ("NUL to look for", f"{PEOPLE}?q=%00", 422),
        ("half a surrogate pair becomes a replacement character", f"{PEOPLE}?q=%ed%a0%80", 200),
        ("wildcards are letters", f"{PEOPLE}?q=%25%27%22--", 200),
    ],
)
def test_bad_addresses_and_queries_are_answered(client, as_alice, why, path, status):
    assert client.get(path, headers=as_alice).status_code == status, why
