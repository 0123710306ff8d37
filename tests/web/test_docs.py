"""The API's own description: complete, and readable without a script."""

import pytest


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


def test_no_reference_leads_nowhere(client, document):
    text = client.get("/api/openapi.json").text
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert named <= set(document["components"]["schemas"])


def test_the_page_shows_it_without_a_script(client, document):
    page = client.get("/api/docs").text

    assert "<script>" not in page
    assert all(path in page for path in document["paths"])
