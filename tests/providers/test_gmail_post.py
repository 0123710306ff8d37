"""Sending by Gmail and finding again, against a Gmail that others wrote."""

import pytest

from backend.errors import Forbidden, Unavailable
from backend.mail.parsed import parse
from backend.providers.gmail_post import GmailPost
from tests.fakes import myworld
from tests.waiting import LOOPBACK, free_port

RAW = (
    b"From: alice@ours.test\r\nTo: alice@ours.test\r\nSubject: Round\r\n"
    b"Message-ID: <ours@ours.test>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Gr\xc3\xbc\xc3\x9fe</p>\r\n"
)


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with myworld.running(tmp_path_factory.mktemp("myworld")) as running:
        yield running


def test_a_mail_to_oneself_is_found_by_the_id_that_gmail_gave_it(host):
    post = GmailPost(host.gmail, host.world([]).token("alice"))

    sent = post.post(RAW)

    there = post.raw(sent)
    assert "Grüße" in parse(there).html
    assert parse(there).message_id != "<ours@ours.test>"
    assert post.find("<nothing-like-it@ours.test>") is None
    assert post.raw(post.find(parse(there).message_id)) == there


def test_a_token_that_opens_nothing_is_refused(host):
    with pytest.raises(Forbidden):
        GmailPost(host.gmail, "not-a-token").post(RAW)


def test_nobody_there_is_said():
    with pytest.raises(Unavailable):
        GmailPost(f"http://{LOOPBACK}:{free_port()}", "a-token").find("<x@y>")
