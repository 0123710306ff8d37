"""Whatever goes wrong inside becomes a problem that says what to do and nothing else."""

import logging
from http import HTTPStatus
from typing import Annotated, Literal

import peewee
import psycopg
import pytest
from flask import Flask, abort
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from backend import errors
from backend.errors import TelltaleError
from backend.people.values import country_code
from backend.web import problems
from backend.web.problems import MEDIA_TYPE
from backend.words import t
from tests.web.problems import is_problem

SECRET = "canary-8834 carol@northwind.test"
FAULTS = {
    "/ours": errors.Conflict("Use another one."),
    "/sqlite": peewee.OperationalError(f"database is locked\n{SECRET}"),
    "/pool": peewee.InterfaceError(SECRET),
    "/postgres": psycopg.OperationalError("the connection is closed"),
    "/wrong": ZeroDivisionError(SECRET),
    "/double": peewee.IntegrityError(f"duplicate\nDETAIL: ({SECRET})"),
    "/memory": MemoryError(),
    "/deep": RecursionError(),
}


@pytest.fixture
def client():
    app = Flask("toy")
    problems.register(app)

    def fail(path):
        raise FAULTS[f"/{path}"]

    app.add_url_rule("/<path:path>", view_func=fail)
    app.add_url_rule("/http/<int:code>", endpoint="http", view_func=lambda code: abort(code))
    return app.test_client()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ours", 409),
        ("/sqlite", 503),
        ("/pool", 503),
        ("/postgres", 503),
        ("/wrong", 500),
        ("/double", 500),
        ("/memory", 500),
        ("/deep", 500),
        ("/http/400", 400),
        ("/http/404", 404),
        ("/http/413", 413),
        ("/http/415", 415),
        ("/http/418", 418),
        ("/http/429", 429),
    ],
)
def test_every_fault_is_a_problem_without_what_is_behind_it(client, path, status):
    answer = client.get(path)

    assert is_problem(answer, status)
    for hidden in (b"canary", b"Traceback", b"Error", b"peewee", b"psycopg", b"/work"):
        assert hidden not in answer.data
    assert ("Retry-After" in answer.headers) == (status == 503)


def test_a_database_that_is_away_says_when_to_come_back(client):
    answer = client.get("/postgres")

    assert answer.headers["Retry-After"] == "2"
    assert answer.json["type"] == "urn:telltale:problem:unavailable"


def test_a_surprise_is_in_the_log_with_its_trace(client, caplog):
    with caplog.at_level(logging.ERROR):
        client.get("/wrong")

    (record,) = caplog.records
    assert record.getMessage() == "unexpected error"
    assert record.exc_info
    assert record.exc_info[0] is ZeroDivisionError


def test_a_missing_method_says_which_there_are(client):
    answer = client.post("/ours")

    assert is_problem(answer, 405)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [("text/html,application/xhtml+xml", True), ("application/json", False), ("", False)],
)
def test_a_person_without_a_session_is_shown_the_way_in(accept, is_page):
    app = Flask("toy")
    problems.register(app)

    def refuse():
        raise errors.NotSignedIn("Sign in.")

    app.add_url_rule("/x", view_func=refuse, methods=["GET", "POST"])

    shown = app.test_client().get("/x", headers={"Accept": accept})
    sent = app.test_client().post("/x", headers={"Accept": accept})

    assert (shown.headers.get("Location") == "/signin") == is_page
    assert sent.status_code == 401


def test_at_most_twenty_fields_are_named(client):
    class Numbers(BaseModel):
        numbers: list[int]

    try:
        Numbers(numbers=["x"] * 100)
    except ValidationError as error:
        with client.application.test_request_context():
            answer = problems.of_validation(error)

    assert answer.json
    assert len(answer.json["fields"]) == problems.MAX_FIELDS
    assert answer.json["fields"][0]["field"] == "numbers.0"


def test_what_is_documented_is_what_is_answered():
    documented = problems.documented(HTTPStatus.CONFLICT)

    assert documented[409]["content"][MEDIA_TYPE]["schema"]["$ref"].endswith("/Problem")
    assert TelltaleError("x").status == 500


@pytest.mark.parametrize(
    ("why", "accepted", "language", "title"),
    [
        ("a program says nothing", "", "en", "Unavailable for now"),
        ("a German browser", "de-DE,de;q=0.9", "de", "Zurzeit nicht erreichbar"),
        ("one in a language we have not", "fr", "en", "Unavailable for now"),
    ],
)
def test_a_problem_is_told_in_the_language_that_is_asked_for(
    client, why, accepted, language, title
):
    answer = client.get("/postgres", headers={"Accept-Language": accepted})

    assert answer.headers["Content-Language"] == language, why
    assert "Accept-Language" in answer.headers["Vary"]
    assert answer.json["title"] == title
    assert answer.json["detail"] == t("problems.database_away", language)
    assert answer.json["type"] == "urn:telltale:problem:unavailable"


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")

    count: Annotated[int, Field(ge=3)]
    kind: Literal["a", "b"]
    name: Annotated[str, Field(max_length=2)]
    country: Annotated[str, AfterValidator(country_code)]
    clear: object
    far: Annotated[int, Field(multiple_of=5)]


def test_every_wrong_field_is_told_in_the_language_that_is_asked_for(client):
    sent = {"count": 2, "kind": "c", "name": "Ann", "country": "XX", "far": 1, "more": 1}
    with pytest.raises(ValidationError) as refused:
        Shape.model_validate(sent)

    said = {}
    for language in ("en", "de"):
        headers = {"Accept-Language": language}
        with client.application.test_request_context(headers=headers):
            fields = problems.of_validation(refused.value).json["fields"]
        said[language] = {each["field"]: each["message"] for each in fields}

    assert said["de"] == {
        "count": "muss mindestens 3 sein",
        "kind": "muss eines von 'a', 'b' sein",
        "name": "darf höchstens 2 Zeichen haben",
        "country": "muss ein Ländercode aus zwei Buchstaben sein (ISO 3166-1), etwa DE",
        "clear": "fehlt",
        "far": "passt nicht",
        "more": "ist hier nicht bekannt",
    }
    country = "must be a country\u2019s two-letter code (ISO 3166-1), such as DE"
    assert said["en"]["country"] == country
    assert said["en"]["far"] == "Input should be a multiple of 5"
