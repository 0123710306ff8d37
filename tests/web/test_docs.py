"""The API's own description: complete, and readable without a script."""

from http import HTTPStatus

import pytest

from backend import clock
from backend.models.access import Scope
from tests.world import bearer


@pytest.fixture
def document(client):
    return client.get("/api/openapi.json").json


def operations(document):
    found = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    assert len(found) > 30
    return found


def test_every_route_of_the_api_is_in_it(app, document):
    routes = {
        (rule.rule.replace("<id:", "<").replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert {(path, method) for path, method, _ in operations(document)} == routes


def test_every_operation_says_what_it_does_and_how_it_can_fail(document):
    for path, method, operation in operations(document):
        assert operation["summary"], (method, path)
        statuses = set(operation["responses"])
        assert statuses >= {"400", "401", "403", "404", "413", "415", "422", "503"}, path
        assert statuses & {"200", "201", "204"}, path


def test_every_error_is_a_problem(document):
    for path, _, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status >= "400":
                (media,) = answer["content"]
                assert media == "application/problem+json", (path, status)
                schema = answer["content"][media]["schema"]["$ref"]
                assert schema == "#/components/schemas/Problem"


def test_it_says_how_one_gets_in(document):
    assert document["security"] == [{"token": []}, {"session": []}]
    schemes = document["components"]["securitySchemes"]
    assert schemes["token"]["scheme"] == "bearer"
    assert not any(scheme.get("in") == "query" for scheme in schemes.values())


def test_what_it_says_of_each_way_in_is_what_the_door_does(app, client, world, document):
    callers = [(world.users[name], scope) for name in ("alice", "ada") for scope in Scope]
    wrong = []
    for path, method, operation in operations(document):
        ways = [way for each in operation.get("security", document["security"]) for way in each]
        url = path.replace("{id}", clock.new_id())
        heads = ({}, *(bearer(*who) for who in callers))  # anew: one of the routes ends its token
        found = [client.open(url, method=method, headers=head).status_code for head in heads]
        is_public = found[0] != HTTPStatus.UNAUTHORIZED
        takes_tokens = set(found[1:]) != {HTTPStatus.FORBIDDEN} and not is_public
        if (not ways, "token" in ways) != (is_public, takes_tokens):
            wrong.append((method, path, ways))

    assert wrong == []


def test_no_reference_leads_nowhere(client, document):
    text = client.get("/api/openapi.json").text
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert named <= set(document["components"]["schemas"])


def test_the_page_shows_it_without_a_script(client, document):
    page = client.get("/api/docs").text

    assert "<script>" not in page
    assert all(path in page for path in document["paths"])
