"""Which scripts may call the API: those of our own origin, written with or without a slash."""

import pytest

OWN = "http://127.0.0.1:8000"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.mark.parametrize(
    ("why", "origin"),
    [("the panel", OWN), ("classic Outlook's runtime, with its slash", f"{OWN}/")],
)
def test_our_own_script_may_call_with_a_token(client, as_alice, why, origin):
    asked = client.options("/api/v1/stamps", headers=PREFLIGHT | {"Origin": origin})
    answer = client.get("/api/v1/me", headers=as_alice | {"Origin": origin})

    assert asked.status_code == 200, why
    assert asked.headers["Access-Control-Allow-Origin"] == origin
    assert asked.headers["Access-Control-Allow-Headers"] == "authorization, content-type"
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://127.0.0.1:8000.evil.test",
        "http://evil.test/127.0.0.1:8000",
        "http://127.0.0.1:8000//",
        "http://127.0.0.1:80000",
        "http://127.0.0.1",
        "https://127.0.0.1:8000",
        "http://127x0.0.1:8000",
        "http://127.0.0.1:8000\n",
    ],
)
def test_nobody_elses_may(client, as_alice, origin):
    for method, headers in (("OPTIONS", PREFLIGHT), ("GET", as_alice)):
        path = "/api/v1/stamps" if method == "OPTIONS" else "/api/v1/me"
        environ = {"HTTP_ORIGIN": origin}
        answer = client.open(path, method=method, headers=headers, environ_overrides=environ)

        assert not any(name.startswith("Access-Control") for name, _ in answer.headers), method


def test_a_cookie_is_never_taken_from_another_page(client):
    answer = client.options("/api/v1/stamps", headers=PREFLIGHT | {"Origin": OWN})

    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_pages_are_not_part_of_it(client):
    answer = client.get("/signin", headers={"Origin": OWN})

    assert "Access-Control-Allow-Origin" not in answer.headers
