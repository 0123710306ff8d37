"""The playground's ways out, and what it says when the other side is not well."""

import http.server
import threading
from contextlib import contextmanager

import pytest

from backend.errors import Unavailable
from playground.client import Refused, StampApi, deliver
from tests.waiting import free_port


@contextmanager
def answering(status, body):
    """A server on this machine that answers everything alike; gives its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/below"
        server.shutdown()
        thread.join()


def test_the_answer_is_handed_back():
    with answering(201, b'{"id": "1"}') as url:
        assert StampApi(url, "t").stamp({}) == {"id": "1"}


def test_a_refusal_names_the_wrong_fields():
    problem = b'{"detail": "Correct them.", "fields": [{"field": "from", "message": "is none"}]}'

    with answering(422, problem) as url, pytest.raises(Refused) as refused:
        StampApi(url, "t").stamp({})

    assert refused.value.detail == "Correct them. from is none"


@pytest.mark.parametrize(("why", "body"), [("no JSON", b"<html>"), ("nothing", b"")])
def test_an_answer_that_makes_no_sense_is_said_so(why, body):
    with answering(200, body) as url, pytest.raises(Unavailable):
        StampApi(url, "t").stamp({})


def test_nobody_at_home_is_said_so():
    with pytest.raises(Unavailable, match="stamp API"):
        StampApi(f"http://127.0.0.1:{free_port()}", "t").stamp({})
    with pytest.raises(Unavailable, match="mail host"):
        deliver(free_port(), "a@x.test", [])
