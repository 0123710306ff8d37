"""Gmail's API answers, refuses, or is away; it never answers for another account by mistake."""

import pytest

from backend.errors import Unavailable
from backend.providers.gmail import OF_THIS_MAIL, Declined, Gmail, Gone, Refused
from tests.fakes import answers


@pytest.fixture(scope="module")
def server():
    with answers.serving() as running:
        yield running


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


@pytest.mark.parametrize("status", [400, 413])
def test_what_gmail_does_not_take_is_told_from_an_outage(server, status):
    server.status, server.body = status, {}

    with pytest.raises(Declined):
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
