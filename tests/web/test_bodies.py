"""Bodies and ways in that cannot be taken: refused with a sentence, and nothing is stored.

None of these gets as far as a query of its own, so one engine will do.
"""

import pytest

from backend import clock, db
from backend.web.bodies import MAX_BYTES
from tests.web.problems import is_problem
from tests.world import CAROL, bearer

STAMPS, PEOPLE = "/api/v1/stamps", "/api/v1/people"


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def paths(client, world):
    """Every route of the document that takes a JSON body, on things that exist."""
    ids = {STAMPS: world.stamp().id, PEOPLE: world.people["carol"].id}
    found = [
        (method.upper(), path.replace("{id}", ids.get(path.partition("/{")[0], clock.new_id())))
        for path, operations in client.get("/api/openapi.json").json["paths"].items()
        for method, operation in operations.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]
    assert len(found) >= 5
    return found


def everything():
    """How many rows each table has, and the counters that a write would move."""
    tables = [name for name in db.database.get_tables() if name != "api_token"]
    return {name: db.one(f'SELECT count(*) FROM "{name}"') for name in tables}


JSON = "application/json"
BODIES = (
    ("nothing", b"", JSON, 422),
    ("null", b"null", JSON, 422),
    ("a list", b"[]", JSON, 422),
    ("a number", b"1", JSON, 422),
    ("a text", b'"text"', JSON, 422),
    ("JSON inside a text", b'"{}"', JSON, 422),
    ("a field nobody knows", b'{"nobody_knows": 1}', JSON, 422),
    ("a role smuggled in", b'{"role": "admin", "org_id": "x", "is_admin": true}', JSON, 422),
    ("half of an object", b'{"subject": ', JSON, 400),
    ("two objects", b"{}{}", JSON, 400),
    ("NaN", b'{"subject": NaN}', JSON, 400),
    ("a comment", b"{} // no", JSON, 400),
    ("bytes that are not UTF-8", b'{"subject": "\xff\xfe"}', JSON, 400),
    ("2^64", b'{"nobody_knows": [{"a": 18446744073709551616}]}', JSON, 422),
    ("half a surrogate pair", b'{"subject": "\\ud800"}', JSON, 400),
    ("a byte order mark", b"\xef\xbb\xbf{}", JSON, 400),
    ("100,000 brackets", b"[" * 100_000 + b"]" * 100_000, JSON, 400),
    ("100,000 objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, JSON, 400),
    ("plain text", b"{}", "text/plain", 415),
    ("a form", b"subject=x", "application/x-www-form-urlencoded", 415),
    ("no type", b"{}", None, 415),
    ("a compressed body", b"\x1f\x8b\x08\x00", JSON, 400),
    ("5 MB", b'{"subject": "' + b"x" * 5_000_000 + b'"}', JSON, 413),
    ("2 MB in a field nobody knows", b'{"u": "' + b"x" * 2_000_000 + b'"}', JSON, 422),
)


@pytest.mark.parametrize(
    ("why", "body", "content_type", "status"), BODIES, ids=[row[0] for row in BODIES]
)
def test_a_body_that_cannot_be_read_is_refused_everywhere(
    client, world, paths, why, body, content_type, status
):
    before = everything()
    as_ada = bearer(world.users["ada"])  # some routes are an admin's only

    answers = {
        path: client.open(path, method=method, headers=as_ada, data=body, content_type=content_type)
        for method, path in paths
    }

    assert {path: a.data for path, a in answers.items() if not is_problem(a, status)} == {}
    assert everything() == before


def test_a_limit_of_the_body_that_the_tables_above_pass():
    assert 2_000_000 < MAX_BYTES < 5_000_000


DRAFT = {
    "recipients": [{"address": CAROL}],
    "subject": "Offer",
    "html": "<p>Hi</p>",
    "opens": True,
    "links": True,
}
MANY = [{"address": f"p{number}@x.test"} for number in range(501)]
DRAFTS = (
    ("a NUL in the subject", {"subject": "a\0b"}),
    ("a NUL in a name", {"recipients": [{"address": CAROL, "name": "\0"}]}),
    ("a NUL in the compose id", {"compose_id": "\0"}),
    ("a NUL in the content type", {"content_type": "text/html\0"}),
    ("an empty compose id", {"compose_id": ""}),
    ("a long compose id", {"compose_id": "x" * 201}),
    ("a long subject", {"subject": "x" * 1001}),
    ("a number as subject", {"subject": 5}),
    ("2^63 as subject", {"subject": 2**63}),
    ("no address", {"recipients": [{"address": "carol"}]}),
    ("an address with a line break", {"recipients": [{"address": "a@b.test\r\nBcc: c@d.test"}]}),
    ("an address of 400 characters", {"recipients": [{"address": f"{'a' * 390}@b.test"}]}),
    ("an address that is a list", {"recipients": [{"address": [CAROL]}]}),
    ("a role of their own", {"recipients": [{"address": CAROL, "role": "from"}]}),
    ("a field too many", {"recipients": [{"address": CAROL, "do_not_track": False}]}),
    ("501 recipients", {"recipients": MANY}),
    ("recipients that are no list", {"recipients": {"address": CAROL}}),
    ("recipients that are text", {"recipients": CAROL}),
    ("a switch in words", {"opens": "yes"}),
    ("a switch as number", {"links": 1}),
    ("a channel of their own", {"channel": "carrier pigeon"}),
    ("html that is a list", {"html": ["<p>"]}),
    ("html of 3,000,001 characters", {"html": "x" * 3_000_001}),
    ("sent before e-mail", {"sent_at": "1969-12-31T23:59:59Z"}),
    ("sent in the year 1", {"sent_at": "0001-01-01T00:00:00+23:59"}),
    ("sent in the year 9999", {"sent_at": "9999-12-31T23:59:59-23:59"}),
    ("sent in two days", {"sent_at": "2126-11-20T12:00:00Z"}),
    ("sent without a zone", {"sent_at": "2026-11-20T12:00:00"}),
    ("sent on a day", {"sent_at": "2026-11-20"}),
    ("sent at a number", {"sent_at": 1763640000}),
    ("sent at a number in text", {"sent_at": "1763640000"}),
    ("sent at 2^63", {"sent_at": 2**63}),
    ("sent at some time", {"sent_at": "now"}),
)


@pytest.mark.parametrize(("why", "changes"), DRAFTS, ids=[row[0] for row in DRAFTS])
def test_a_draft_that_cannot_be_is_refused_and_not_stored(client, as_alice, why, changes):
    before = everything()

    answer = client.post(STAMPS, headers=as_alice, json=DRAFT | changes)

    assert is_problem(answer, 422), answer.data
    assert answer.json["fields"][0]["field"].split(".")[0] == next(iter(changes))
    assert everything() == before


TOLD = (
    ("no text", "POST", STAMPS, {"compose_id": ""}, "must have at least 1 character"),
    ("a long text", "POST", PEOPLE, {"name": "x" * 201}, "must have at most 200 characters"),
    ("a long list", "POST", STAMPS, {"recipients": MANY}, "must have at most 500 entries"),
    ("many signs", "POST", STAMPS, {"html": "x" * 3_000_001}, "must have at most 3,000,000 chara"),
    ("no id", "PUT", "/api/v1/feed/seen", {"id": "7"}, "must be an id such as 0190f3a8-"),
    ("only blanks", "POST", "/api/v1/tokens", {"label": " "}, "must not be empty"),
)


@pytest.mark.parametrize(
    ("why", "method", "path", "body", "said"), TOLD, ids=[row[0] for row in TOLD]
)
def test_what_a_field_must_be_is_said_as_a_person_would(
    client, as_alice, why, method, path, body, said
):
    answer = client.open(path, method=method, headers=as_alice, json=body)

    assert answer.json["fields"][0]["message"].startswith(said), why


def test_the_name_of_an_unknown_field_is_not_repeated_at_length(client, as_alice):
    answer = client.post(STAMPS, headers=as_alice, json={"x" * 100_000: 1})

    assert is_problem(answer, 422)
    assert len(answer.data) < 1_000


def test_what_was_sent_is_not_repeated_in_the_problem(client, as_alice):
    answer = client.post(STAMPS, headers=as_alice, json={"subject": ["canary-7261"]})

    assert b"canary-7261" not in answer.data


@pytest.mark.parametrize(
    "value",
    [
        "Bearer",
        "Bearer ",
        "Bearer \xff\xfe",
        "Basic YTpi",
        "Bearer " + "x" * 9_000,
        "bearer\ttt",
        "",
    ],
)
def test_a_strange_way_in_is_no_way_in(client, world, value):
    answer = client.get("/api/v1/me", headers={"Authorization": value})

    assert is_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("cookie", ["", "x" * 4_000, "\xff", '"\\377"', "a=b; telltale_session="])
def test_a_strange_cookie_is_no_way_in(client, world, cookie):
    headers = {"Cookie": f"telltale_session={cookie}"}

    assert is_problem(client.get("/api/v1/me", headers=headers), 401)


@pytest.mark.parametrize(
    ("why", "method", "path", "status"),
    [
        ("no such address", "GET", "/api/v1/nothing", 404),
        ("a file next door", "GET", "/console/static/1/../../backend/app.py", 404),
        ("a file next door, hidden", "GET", "/console/static/1/%2e%2e/app.py", 404),
        ("the repository", "GET", "/.git/config", 404),
        ("the settings", "GET", "/.env", 404),
        ("the database", "GET", "/data/telltale.db", 404),
        ("two slashes", "GET", "//evil.test/%2e%2e", 404),
        ("two slashes inside", "GET", "/api//v1/feed", 404),
        ("a method it has not", "PATCH", "/api/v1/feed", 405),
        ("a method nobody has", "BREW", "/api/v1/feed", 405),
        ("tracing", "TRACE", "/api/v1/feed", 405),
    ],
)
def test_what_is_not_there_is_a_problem_and_never_a_redirect(client, why, method, path, status):
    answer = client.open(path, method=method)

    assert is_problem(answer, status), (answer.status_code, answer.data)
    assert "Location" not in answer.headers
    assert (status == 405) == ("Allow" in answer.headers)


@pytest.mark.parametrize(
    "text",
    [
        "18446744073709551616",
        "-9223372036854775809",
        "9" * 300,
        '"a", [{"b": 1e2}, 1' + "0" * 20 + "]",
        "0, " * 5_000 + "18446744073709551616",
        "18446744073709551616" + ", 0" * 5_000,
    ],
)
def test_a_whole_number_that_would_not_be_kept_as_it_is_is_refused(client, as_alice, text):
    body = f'{{"name": "Ann", "custom": {{"n": [{text}]}}}}'

    answer = client.post(PEOPLE, headers=as_alice, data=body, content_type=JSON)

    assert is_problem(answer, 422)
    assert "64 bits" in answer.json["detail"]
