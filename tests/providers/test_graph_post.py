"""Sending by Graph and finding again: by Exchange's own Message-ID, through a real mail host."""

import pytest

from backend.errors import Forbidden, Unavailable
from backend.mail.parsed import parse
from backend.providers.graph_post import GraphPost
from tests.fakes import graph_payloads, graph_server
from tests.fakes.graph_world import Fault
from tests.relay.hosting import smarthost
from tests.waiting import LOOPBACK, free_port

ALICE = "alice@ours.test"
RAW = (
    b"From: alice@ours.test\r\nTo: alice@ours.test\r\nSubject: Round\r\n"
    b"Message-ID: <ours@ours.test>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Gr\xc3\xbc\xc3\x9fe</p>\r\n"
)


@pytest.fixture
def host():
    with smarthost() as running:
        yield running


@pytest.fixture
def server(host):
    with graph_server.running() as running:
        running.box(ALICE, "token")
        running.sending.port = host.port
        running.sending.arrived = lambda _address: [mail.content for mail in host.taken]
        yield running


def test_a_mail_to_oneself_is_found_by_the_id_that_exchange_gave_it(server, host):
    post = GraphPost(server.url, "token")

    mark = post.post(RAW)

    assert host.recipients() == [(ALICE,)]
    assert post.sent(mark) is None  # it is still in the Outbox
    own_id = post.sent(mark)
    assert own_id not in {None, "<ours@ours.test>"}
    there = post.raw(post.find(own_id))
    assert there == host.taken[0].content
    assert "Grüße" in parse(there).html
    assert parse(there).message_id == own_id


def test_a_mail_of_another_mark_or_id_is_not_taken_for_it(server):
    post = GraphPost(server.url, "token")
    first, second = post.post(RAW), post.post(RAW)
    post.sent(first)

    assert post.sent(first) != post.sent(second)
    assert post.sent("0" * 32) is None
    assert post.find("<nothing-like-it@ours.test>") is None


@pytest.mark.parametrize(
    ("why", "status", "body", "raised"),
    [
        ("Mail.Send was not granted", 403, graph_payloads.DENIED, Forbidden),
        ("it is throttled", 429, graph_payloads.THROTTLED, Unavailable),
    ],
)
def test_what_graph_refuses_is_told_apart(server, why, status, body, raised):
    server.faults.append(Fault("sendMail", status, body))

    with pytest.raises(raised):
        GraphPost(server.url, "token").post(RAW)


def test_a_token_that_opens_nothing_is_refused(server):
    with pytest.raises(Forbidden):
        GraphPost(server.url, "not-a-token").sent("0" * 32)


def test_nobody_there_is_said():
    with pytest.raises(Unavailable):
        GraphPost(f"http://{LOOPBACK}:{free_port()}", "a-token").find("<x@y>")
