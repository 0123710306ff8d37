"""A mailbox of the playground as sync sees it, by the product's own reader over HTTP."""

from datetime import timedelta

import pytest

from backend import clock
from backend.providers.gmail_mailbox import GmailMailbox
from backend.providers.gmail_post import GmailPost
from backend.providers.mail import NeedsReauth, PlaceLost
from playground.gmail_box import READONLY
from playground.gmail_sync_api import SEND
from playground.google import API
from playground.inboxes import MAX_MAILS, Inboxes

ALICE, BOB = "alice@ours.test", "bob@ours.test"
SINCE = timedelta(days=1)


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def endpoint(settings, client):
    return f"{settings.public_url}{API}"


@pytest.fixture
def inboxes(settings):
    made = Inboxes.of(settings)
    for address in (ALICE, BOB):
        for mail_id in made.mails(address):
            key, _, name = mail_id.partition("-")
            (settings.data_dir / "playground" / key / f"{name}.eml").unlink()
    return made


@pytest.fixture
def gmail(opened):
    return opened(GmailMailbox, READONLY)


def mail(sender=BOB, number=1, more=""):
    return (
        f"From: <{sender}>\r\nTo: <{ALICE}>\r\nSubject: {number}\r\n"
        f"Message-ID: <{number}@x.test>\r\n{more}\r\nHello\r\n"
    ).encode()


def test_what_came_since_a_place_is_told_once(gmail, inboxes):
    inboxes.put(ALICE, mail())
    place = gmail.baseline()

    assert gmail.changes(place, None).came == ()
    later = [inboxes.put(ALICE, mail(number=number)) for number in (2, 3)]
    inboxes.put(BOB, mail(number=4))
    told = gmail.changes(place, None)

    assert (gmail.identity().address, told.came) == (ALICE, tuple(later))
    assert gmail.changes(told.place, None).came == ()


def test_mails_are_listed_newest_first_and_fetched_whole(gmail, inboxes):
    first = inboxes.put(ALICE, mail())
    sent = inboxes.put(ALICE, mail(ALICE, 2))

    listed = gmail.listing(clock.now() - SINCE, None)
    fetched = dict(gmail.fetch(listed.ids))

    assert listed.ids == (sent, first)
    assert (fetched[sent].is_sent, fetched[first].is_sent) == (True, False)
    assert fetched[first].raw == mail()
    assert gmail.listing(clock.now() + SINCE, None).ids == ()


def test_a_listing_goes_on_where_it_stopped(google, client, inboxes):
    ids = [inboxes.put(ALICE, mail(number=number)) for number in range(3)]
    headers = {"Authorization": f"Bearer {google.oauth_token(ALICE, [READONLY])}"}
    url, most = f"{API}/gmail/v1/users/me/messages", {"maxResults": 2}

    first = client.get(url, headers=headers, query_string=most).json
    more = most | {"pageToken": first["nextPageToken"]}
    last = client.get(url, headers=headers, query_string=more).json

    pages = [[each["id"] for each in told["messages"]] for told in (first, last)]
    assert (pages, "nextPageToken" in last) == ([[ids[2], ids[1]], [ids[0]]], False)


def test_an_answer_lies_in_the_thread_of_what_it_answers(gmail, inboxes):
    ids = [
        inboxes.put(ALICE, mail(ALICE, 1)),
        inboxes.put(ALICE, mail(BOB, 2, "In-Reply-To: <1@x.test>\r\n")),
        inboxes.put(ALICE, mail(BOB, 3, "References: <1@x.test> <2@x.test>\r\n")),
        inboxes.put(ALICE, mail(BOB, 4)),
    ]

    threads = [found.thread_id for _, found in gmail.fetch(ids)]

    assert threads[0] == threads[1] == threads[2] != threads[3]


def test_a_place_is_forgotten_when_a_full_mailbox_has_lost_mail_since(gmail, inboxes):
    inboxes.put(ALICE, mail())
    place = gmail.baseline()
    for number in range(MAX_MAILS + 1):
        inboxes.put(ALICE, mail(number=number))

    with pytest.raises(PlaceLost):
        gmail.changes(place, None)


@pytest.mark.parametrize("place", ["", "no number", "0", "-1", "9" * 30])
def test_a_place_that_never_was_is_lost(gmail, inboxes, place):
    inboxes.put(ALICE, mail())

    with pytest.raises(PlaceLost):
        gmail.changes(place, None)


def test_nobody_reads_what_is_not_hers(opened, gmail, inboxes):
    his = inboxes.put(BOB, mail())

    assert list(gmail.fetch([his, "no-such-mail"])) == [(his, None), ("no-such-mail", None)]
    with pytest.raises(NeedsReauth):
        opened(GmailMailbox, SEND).baseline()


def test_a_mail_is_sent_and_found_again(google, endpoint, inboxes):
    post = GmailPost(endpoint, google.oauth_token(ALICE, [SEND, READONLY]))

    sent = post.post(mail(ALICE, 7).replace(b"\r\n", b"\n") + 200 * b"As programs write\n")

    assert post.sent(sent) == "<7@x.test>"
    assert post.find("<7@x.test>") == sent  # it is to herself, and lies in both places at once
    assert inboxes.mails(ALICE) == [sent]
    post.post(mail(ALICE, 9).replace(f"To: <{ALICE}>".encode(), f"To: <{BOB}>".encode()))
    assert post.find("<9@x.test>") is None
    inboxes.put(ALICE, mail(BOB, 8))
    assert post.find("<8@x.test>") == inboxes.mails(ALICE)[0]
