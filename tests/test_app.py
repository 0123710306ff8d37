"""The application as a whole: what stands on every answer, and what it never gives away."""

import orjson
import pytest
from flask import Flask

from backend import db
from backend.app import HEADERS, OrjsonProvider, create_app
from backend.errors import SettingsError
from backend.providers.vault import add_key
from backend.settings import Settings
from tests.world import SECRET

PATHS = (
    ("a page", "GET", "/signin", 200),
    ("a page that is gone", "GET", "/signin/x", 410),
    ("a redirect", "GET", "/", 302),
    ("a file", "GET", "/console/static/1/console.css", 200),
    ("a file that is not there", "GET", "/console/static/1/nothing.css", 404),
    ("an answer", "GET", "/healthz", 200),
    ("a document", "GET", "/api/openapi.json", 200),
    ("not signed in", "GET", "/api/v1/feed", 401),
    ("not there", "GET", "/nothing", 404),
    ("not that way", "DELETE", "/api/v1/feed", 405),
    ("too long", "POST", "/api/v1/stamps", 413),
)


@pytest.fixture(scope="module")
def database_url():
    return ""


def call(client, headers, method, path, status):
    body = {"data": b"x" * 5_000_000, "content_type": "application/json"} if status == 413 else {}
    return client.open(
        path, method=method, headers=headers if status == 413 else {}, buffered=True, **body
    )


@pytest.mark.parametrize(("why", "method", "path", "status"), PATHS, ids=[row[0] for row in PATHS])
def test_every_answer_keeps_a_browser_on_the_safe_side(client, as_alice, why, method, path, status):
    answer = call(client, as_alice, method, path, status)

    assert answer.status_code == status
    for name in set(HEADERS) - {"Cache-Control"}:
        assert answer.headers[name] == HEADERS[name], why
    assert "charset" in answer.headers["Content-Type"] or "json" in answer.mimetype
    assert "X-Powered-By" not in answer.headers
    assert "Strict-Transport-Security" not in answer.headers


def test_nothing_of_the_api_is_kept_by_a_cache(client, as_alice):
    for path in ("/api/v1/me", "/api/v1/stamps", "/api/v1/people", "/api/v1/nothing"):
        assert client.get(path, headers=as_alice).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", "http://localhost", "https://localhost.evil.test"]
)
def test_no_other_site_may_read_an_answer(client, as_alice, origin):
    for method in ("GET", "OPTIONS"):
        answer = client.open("/api/v1/me", method=method, headers=as_alice | {"Origin": origin})

        assert not any(name.startswith("Access-Control") for name, _ in answer.headers)


def test_on_https_browsers_are_told_to_stay_there(tmp_path, monkeypatch):
    add_key(tmp_path / "vault.keys")
    app = made(tmp_path, env="production", public_url="https://telltale.example.test")

    answer = app.test_client().get("/healthz")

    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def made(folder, **values):
    before = db.database.obj
    app = create_app(Settings(data_dir=folder, secret=SECRET, **values))
    app.extensions["store"].close_all()
    if before is not None:
        db.database.initialize(before)
    return app


def test_a_debugger_runs_where_the_settings_say_so(tmp_path, monkeypatch):
    monkeypatch.setenv("FLASK_DEBUG", "off")
    assert made(tmp_path).debug is False

    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert made(tmp_path).debug is True


def test_production_without_keys_for_its_secrets_does_not_start(tmp_path):
    with pytest.raises(SettingsError, match="VAULT_KEYS"):
        made(tmp_path, env="production")


def test_the_playground_is_there_only_where_it_is_on(tmp_path):
    with_it = made(tmp_path, playground=True)
    without = made(tmp_path, playground=False)

    assert "playground" in with_it.blueprints
    assert "playground" not in without.blueprints


def test_json_is_strict_both_ways():
    provider = OrjsonProvider(Flask("toy"))

    assert provider.dumps({"ä": [1, None]}) == '{"ä":[1,null]}'
    assert provider.loads('{"a": 1}') == {"a": 1}
    for text in ("NaN", '{"a": 1,}', "[" * 100_000):
        with pytest.raises(orjson.JSONDecodeError):
            provider.loads(text)


def test_a_request_gives_its_connection_back(client, as_alice):
    client.get("/api/v1/me", headers=as_alice)

    assert db.database.is_closed()
