"""Gmail as sync sees it, against a fake Gmail that others wrote."""

from datetime import UTC, datetime, timedelta

import pytest
from google.oauth2.credentials import Credentials

from backend.providers import gmail_mailbox
from backend.providers.gmail_mailbox import GmailMailbox
from backend.providers.mail import NeedsReauth, PlaceLost, TryLater, Unreadable
from tests.fakes import myworld
from tests.waiting import LOOPBACK, free_port

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
QUOTE = {
    "from": "Carol <carol@northwind.test>",
    "to": ["alice@ours.test"],
    "subject": "Quote",
    "body": "Hi",
    "date": "2026-11-19T16:02:00Z",
    "labels": ["INBOX"],
}


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with myworld.running(tmp_path_factory.mktemp("myworld")) as running:
        yield running


def test_a_listed_mail_comes_whole(host):
    mailbox = host.world([QUOTE]).mailbox("alice")

    (provider_id,) = mailbox.listing(SINCE, None).ids
    ((_, mail),) = mailbox.fetch([provider_id])

    assert mailbox.identity().address == "alice@ours.test"
    assert b"Subject: Quote" in mail.raw
    assert mail.received_at == datetime(2026, 11, 19, 16, 2, tzinfo=UTC)
    assert (mail.is_sent, mail.is_draft, mail.is_spam, mail.is_trash) == (False,) * 4


def test_what_is_sent_and_what_comes_after_a_place_is_told(host):
    world = host.world([QUOTE])
    mailbox = world.mailbox("alice")
    place = mailbox.baseline()
    raw = b"From: alice@ours.test\r\nTo: carol@northwind.test\r\nSubject: Offer\r\n\r\nHello\r\n"

    sent_id = world.send("alice", raw)
    found = mailbox.changes(place, None)

    assert sent_id in found.came
    assert dict(mailbox.fetch([sent_id]))[sent_id].is_sent
    assert mailbox.changes(found.place, None).came == ()


def test_nothing_new_is_one_page_without_ids(host):
    mailbox = host.world([QUOTE]).mailbox("alice")
    place = mailbox.baseline()

    found = mailbox.changes(place, None)

    assert (found.came, found.place, found.next_page) == ((), place, None)


def test_a_place_that_is_too_old_is_lost(host):
    with pytest.raises(PlaceLost):
        host.world([QUOTE]).mailbox("alice").changes("1", None)


def test_a_mail_that_is_gone_is_none(host):
    assert dict(host.world([]).mailbox("alice").fetch(["nowhere"])) == {"nowhere": None}


def test_a_listing_is_paged_to_its_end(host):
    emails = [QUOTE | {"subject": f"Mail {n}"} for n in range(7)]
    mailbox = host.world(emails).mailbox("alice")
    found, page = [], None

    while True:
        listing = mailbox.listing(SINCE, page)
        found.extend(listing.ids)
        page = listing.next_page
        if page is None:
            break

    assert len(set(found)) == 7


def test_a_listing_begins_where_it_is_told(host):
    old = QUOTE | {"date": "2026-10-01T12:00:00Z"}
    mailbox = host.world([QUOTE, old]).mailbox("alice")

    ids = mailbox.listing(datetime(2026, 11, 1, tzinfo=UTC), None).ids

    assert len(ids) == 1


def test_an_unknown_token_needs_its_owner(host):
    nobody = GmailMailbox(Credentials("nobody's"), host.gmail)

    with pytest.raises(NeedsReauth):
        nobody.identity()
    nobody.close()


@pytest.mark.parametrize("kind", ["rate_limit", "server_error", "transport_error"])
def test_what_passes_is_tried_later(host, kind):
    fault = {"server": "gmail", "tool": "gmail.users.messages.list", "kind": kind, "on_call": 1}
    mailbox = host.world([QUOTE], faults=[fault]).mailbox("alice")

    with pytest.raises(TryLater):
        mailbox.listing(SINCE, None)
    assert len(mailbox.listing(SINCE, None).ids) == 1


def test_a_provider_that_is_not_there_is_tried_later():
    nobody = GmailMailbox(Credentials("token"), f"http://{LOOPBACK}:{free_port()}")

    with pytest.raises(TryLater):
        nobody.identity()
    nobody.close()


@pytest.mark.parametrize("found", [{}, {"raw": "!", "internalDate": "x"}, {"raw": "aGk"}])
def test_a_mail_without_its_bytes_or_time_is_unreadable(found):
    with pytest.raises(Unreadable):
        gmail_mailbox.mail_of("id", found)


def test_a_mail_of_the_answer_is_read(host):
    at = datetime(2026, 11, 20, tzinfo=UTC)
    millis = str(int((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)))

    mail = gmail_mailbox.mail_of(
        "id", {"raw": "aGk", "internalDate": millis, "labelIds": ["SENT"], "threadId": "t"}
    )

    assert (mail.raw, mail.received_at, mail.thread_id, mail.is_sent) == (b"hi", at, "t", True)
