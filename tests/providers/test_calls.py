"""A call ends within its time and takes nothing but a JSON object of some size."""

import threading
from contextlib import ExitStack

import pytest

from backend.providers.calls import MAX_BYTES, get_json, within
from backend.providers.faults import Away, Refused
from tests.fakes import answers
from tests.waiting import LOOPBACK, free_port


@pytest.fixture
def serve():
    """Starts a server that answers with a status and a body; gives its address."""
    with ExitStack() as running:

        def start(status, body):
            server = running.enter_context(answers.serving(status, body))
            server.headers["Location"] = "http://127.0.0.1:1/elsewhere"
            return f"{server.url}/"

        yield start


def test_a_call_that_hangs_is_given_up_in_time():
    held, over = threading.Event(), threading.Event()

    def hang():
        held.wait(30)
        over.set()

    with pytest.raises(Away):
        within(hang, 0.2)
    assert not over.is_set()
    held.set()


def test_an_object_comes_back(serve):
    assert get_json(serve(200, b'{"a": 1}'), None, {}) == {"a": 1}


@pytest.mark.parametrize(
    ("why", "status", "body"),
    [
        ("no JSON", 200, b"<html>"),
        ("a list", 200, b"[]"),
        ("cut", 200, b'{"a": '),
        ("too much", 200, b'{"a": "' + b"x" * MAX_BYTES + b'"}'),
        ("an error page", 502, b"<html>Bad Gateway"),
        ("somewhere else", 302, b""),
    ],
)
def test_what_is_no_answer_is_away(serve, why, status, body):
    with pytest.raises(Away):
        get_json(serve(status, body), None, {})


def test_nobody_there_is_away():
    with pytest.raises(Away):
        get_json(f"http://{LOOPBACK}:{free_port()}/", None, {})


GOOGLE = (
    b'{"error": {"code": 403, "message": "Gmail API has not been used", "errors":'
    b' [{"reason": "accessNotConfigured"}], "status": "PERMISSION_DENIED"}}'
)
GRAPH = (
    b'{"error": {"code": "ErrorAccessDenied", "message": "Access to OData is disabled: [RAOP]"}}'
)


@pytest.mark.parametrize(("body", "key"), [(GOOGLE, "api_off"), (GRAPH, "odata_off")])
def test_a_refusal_is_told_by_its_key(serve, body, key):
    with pytest.raises(Refused) as caught:
        get_json(serve(403, body), None, {})
    assert caught.value.key == key
