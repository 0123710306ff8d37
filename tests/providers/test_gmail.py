"""Gmail's API answers, refuses, or is away; it never answers for another account by mistake."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from backend.errors import Unavailable
from backend.providers.gmail import OF_THIS_MAIL, Gmail, Gone, Refused


class Answers:
    """A server that answers as it is told, and keeps what it was asked."""

    def __init__(self):
        self.url, self.status, self.body, self.asked = "", 200, {}, []


@pytest.fixture(scope="module")
def server():
    answers = Answers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            names = {name.lower(): value for name, value in self.headers.items()}
            answers.asked.append((self.path, names))
            body = answers.body
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(answers.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_arguments):
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    answers.url = f"http://127.0.0.1:{listening.server_port}"
    yield answers
    listening.shutdown()
    thread.join()
    listening.server_close()


def head(server):
    return Gmail(server.url, "ya29.user").head("msg-f:7", "of this mail")


def test_it_asks_for_the_one_mail_with_both_tokens_in_headers(server):
    names = {"From": "Zo\u00eb <z@x.test>", "To": "a@b.test, C <c@d.test>", "Message-Id": " <1@x> "}
    headers = [{"name": name, "value": value} for name, value in names.items()]
    server.status, server.body = 200, {"id": "7", "payload": {"headers": headers}}

    found = head(server)

    assert (found.sender, found.sender_name) == ("z@x.test", "Zo\u00eb")
    assert found.recipients == ("a@b.test", "c@d.test")
    assert found.internet_message_id == "<1@x>"
    path, sent = server.asked[-1]
    assert path.startswith("/gmail/v1/users/me/messages/msg-f%3A7?")
    assert "ya29" not in path
    assert (sent["authorization"], sent[OF_THIS_MAIL.lower()]) == (
        "Bearer ya29.user",
        "of this mail",
    )


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_told_apart_from(server, status):
    server.status, server.body = status, {"error": {"message": "secret words"}}

    with pytest.raises(Refused) as refused:
        head(server)

    assert "secret" not in refused.value.detail


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_outage(server, status):
    server.status, server.body = status, {}

    with pytest.raises(Unavailable):
        head(server)


def test_what_is_not_there_any_more_is_gone(server):
    server.status, server.body = 404, {}

    with pytest.raises(Gone):
        Gmail(server.url, "x").draft("r-1")


def test_a_draft_that_is_no_base64_is_no_draft(server):
    server.status, server.body = 200, {"id": "r", "message": {"raw": "\u00e4", "threadId": "t"}}

    with pytest.raises(Unavailable):
        Gmail(server.url, "x").draft("r-1")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"payload": 7}', b""])
def test_an_answer_that_is_none_is_an_outage_too(server, body):
    server.status, server.body = 200, body

    with pytest.raises(Unavailable):
        head(server)


def test_nobody_at_the_address_is_an_outage():
    with pytest.raises(Unavailable):
        Gmail("http://127.0.0.1:9", "x").head("m", "")
