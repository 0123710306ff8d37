"""Complaints, receipts and answers that ask for no more mail: told, and what they stop."""

import pytest

from backend import clock, db
from backend.insights import feed
from backend.insights.viewer import Viewer
from backend.models.people import ask_known_at
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import OURS, Taking, sent_copy
from tests.world import CAROL, LEO, NOON

ARF = """\
From: staff@hotmail.test
To: alice@ours.test
Subject: complaint
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: text/plain

This is a report.
--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: x
Version: 1
{told}
--b
Content-Type: message/rfc822

From: alice@ours.test
To: {to}
Message-ID: {about}

Hello
--b--
"""
MDN = """\
From: carol@northwind.test
To: alice@ours.test
Subject: Read: Offer
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: text/plain

Your message was displayed.
--b
Content-Type: message/disposition-notification

Reporting-UA: x; y
Final-Recipient: rfc822;carol@northwind.test
Original-Message-ID: <sent-1@provider.test>
Disposition: manual-action/MDN-sent-manually; {disposition}
--b--
"""


class Raw:
    """A mail as bytes."""

    def __init__(self, template, **slots):
        values = {"kind": "abuse", "told": "", "to": CAROL, "about": "<sent-1@provider.test>"}
        self._text = template.format(**values | slots)

    def as_bytes(self):
        return self._text.encode()


@pytest.fixture
def offer(world, time_machine):
    """Alice's tracked offer to Carol, and what takes in what comes back to it."""
    time_machine.move_to(NOON.replace(hour=20))
    take, mailbox, stamped = Taking(), mailbox_of(world.alice), world.stamp(CAROL)

    def sent(**more):
        take(mailbox, sent_copy(stamped), is_sent=True, **more)

    return (lambda mail, **more: take(mailbox, mail, hours=1, **more)), sent


def told(world):
    viewer = Viewer(world.alice.id, world.alice.org_id)
    return [
        (each["kind"], each["label"], each["person"] and each["person"]["name"])
        for each in feed.page(viewer, feed.FeedQuery()).items
    ]


def suppressed(world):
    return ask_known_at(world.alice.org_id, [CAROL, LEO])().suppressed


@pytest.mark.req("R72")
@pytest.mark.parametrize("order", ["mail first", "report first"])
@pytest.mark.parametrize("slots", [{"told": f"Original-Rcpt-To: {CAROL}"}, {}, {"to": "x@y.test"}])
def test_a_complaint_is_told_and_stops_further_mail(world, offer, order, slots):
    come, sent = offer
    for step in (sent, lambda: come(Raw(ARF, **slots)))[:: 1 if order == "mail first" else -1]:
        step()

    hidden = slots.get("to") == "x@y.test"
    assert told(world) == ([] if hidden else [("complaint", "complained", "Carol")])
    assert suppressed(world) == ({} if hidden else {CAROL: "complaint"})


def test_who_hides_in_a_complaint_is_the_only_recipient(world, offer):
    come, sent = offer
    sent()

    come(Raw(ARF.replace("To: {to}\n", "", 1).replace("To: alice", "To: alice"), to=""))

    assert suppressed(world) == {CAROL: "complaint"}


@pytest.mark.parametrize(
    ("why", "slots"),
    [
        ("says that it is no spam", {"kind": "not-spam"}),
        ("is about no mail of ours", {"about": "<forged@x.test>"}),
        ("names somebody the mail did not go to", {"told": f"Original-Rcpt-To: {LEO}"}),
    ],
)
def test_a_report_stops_nothing_that(world, offer, why, slots):
    come, sent = offer
    sent()

    come(Raw(ARF, **slots))

    assert (suppressed(world), told(world)) == ({}, []), why


@pytest.mark.parametrize(
    ("disposition", "label"),
    [
        ("displayed", "receipt_displayed"),
        ("deleted", "receipt_deleted"),
        ("displayed/error", "receipt_displayed"),
        ("dispatched", None),
        ("processed", None),
        ("", None),
    ],
)
def test_a_receipt_says_what_a_program_says_and_counts_no_open(world, offer, disposition, label):
    come, sent = offer
    come(Raw(MDN, disposition=disposition))
    sent()

    assert told(world) == ([("receipt", label, "Carol")] if label else [])
    assert db.rows("SELECT is_opened, open_count FROM email_message WHERE direction = 'sent'") == [
        (False, 0)
    ]


@pytest.mark.req("R71")
@pytest.mark.parametrize("text", ["Unsubscribe", "please unsubscribe me.", "Bitte abmelden!"])
def test_an_answer_that_asks_for_no_more_mail_is_heard(world, offer, text):
    come, sent = offer
    sent()

    headers = {"In-Reply-To": "<sent-1@provider.test>"}
    come(letter(subject="Re: Offer", text=f"\n{text}\n\n> Hello", headers=headers))

    assert suppressed(world) == {CAROL: "unsubscribed"}
    assert [kind for kind, *_ in told(world)].count("opt_out") == 1


@pytest.mark.req("R71")
@pytest.mark.parametrize("headers", [{"In-Reply-To": "<sent-1@provider.test>"}, {}])
def test_it_is_told_once_the_mail_that_it_answers_is_found_too(world, offer, headers):
    come, sent = offer
    answer = letter(message_id="<1@n.test>", text="Unsubscribe", headers=headers)

    come(answer, thread="t")
    assert (suppressed(world), told(world)) == ({CAROL: "unsubscribed"}, [])
    sent(thread="t")
    both = [("opt_out", "unsubscribed", "Carol"), ("reply", "replied", "Carol")]
    assert sorted(told(world)) == both

    come(answer, thread="t")
    sent(thread="t")
    assert sorted(told(world)) == both


def test_answers_found_before_the_mail_is_known_as_tracked_are_told(world, offer):
    _, sent = offer
    take, desk = Taking(), mailbox_of(world.users["bob"])
    take(desk, letter(OURS, CAROL, message_id="<sent-1@provider.test>"), is_sent=True)
    headers = {"In-Reply-To": "<sent-1@provider.test>"}
    take(desk, letter(message_id="<1@n.test>", text="Unsubscribe", headers=headers), hours=1)

    sent()

    assert sorted(kind for kind, *_ in told(world)) == ["opt_out", "reply"]
    assert db.rows("SELECT 1 FROM email_message WHERE replied_at IS NOT NULL") == [(1,)]


def test_a_later_answer_to_the_same_mail_asks_for_nothing(world, offer):
    come, sent = offer
    headers = {"In-Reply-To": "<sent-1@provider.test>"}
    come(letter(message_id="<1@n.test>", text="Unsubscribe", headers=headers))
    come(letter(message_id="<2@n.test>", text="Never mind", headers=headers))

    sent()

    assert sorted(kind for kind, *_ in told(world)) == ["opt_out", "reply", "reply"]


@pytest.mark.parametrize(
    ("sender", "text"),
    [(CAROL, "How do I unsubscribe the others?"), (CAROL, "Stop by tomorrow"), (OURS, "Stop")],
)
def test_other_answers_stop_nothing(world, offer, sender, text):
    come, _ = offer

    come(letter(sender, f"{OURS}, {LEO}", text=text))

    assert suppressed(world) == {}


def test_what_a_person_has_lifted_stays_lifted_until_it_happens_again(world, offer):
    come, sent = offer
    sent()
    come(Raw(ARF))
    db.execute("UPDATE suppression SET lifted_at = %s", [clock.now()])

    come(Raw(ARF))
    again = suppressed(world)
    db.execute("UPDATE suppression SET lifted_at = %s", [NOON])
    come(Raw(ARF.replace("complaint", "another")))

    assert (again, suppressed(world)) == ({}, {CAROL: "complaint"})
