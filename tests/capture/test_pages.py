"""A page of mails is taken in at once: with the same end as one by one, for as few statements."""

from datetime import timedelta

import pytest

from backend import db
from backend.capture import ingest
from backend.capture.items import CAPTURED
from backend.models.mail import EmailMessage, Stamp
from backend.providers.mail import FetchedMail
from tests.capture.counting import statements
from tests.capture.letters import context, letter, mailbox_of, turn
from tests.capture.taking import OURS, Report
from tests.fakes.mailbox import FakeMailbox
from tests.world import CAROL, DANA, LEO, NOON

GONE = "gone@northwind.test"
SENT = {"In-Reply-To": "<sent-1@provider.test>"}


@pytest.fixture
def mailbox(world):
    return mailbox_of(world.alice)


def fetched(number, mail, thread="", hours=0, **marks):
    values = {"is_sent": False, "is_draft": False, "is_spam": False, "is_trash": False}
    at = NOON + timedelta(hours=hours)
    return FetchedMail(
        f"p{number}", thread or f"t{number}", at, raw=mail.as_bytes(), **values | marks
    )


def story(stamped):
    """A stamped mail, what came of it, and what else a day brings, the oldest first."""
    first = letter(OURS, f"{CAROL}, {GONE}", "Hi", "<sent-1@provider.test>", html=stamped.html)
    second = letter(OURS, DANA, "Else", "<sent-2@provider.test>")
    third = letter(OURS, LEO, "Third", "<sent-3@provider.test>")
    return [
        fetched(1, first, is_sent=True),
        fetched(2, Report(GONE), hours=1),
        fetched(3, letter(CAROL, message_id="<a@n.test>", headers=SENT), hours=2),
        fetched(4, letter(CAROL, message_id="<b@n.test>", headers=SENT, text="Stop"), hours=3),
        fetched(5, second, "dana", hours=4, is_sent=True),
        fetched(6, letter(DANA, message_id="<c@n.test>"), "dana", hours=5),
        fetched(7, letter("x@stranger.test", message_id="<d@n.test>"), "dana", hours=6),
        fetched(8, letter("bob@ours.test"), hours=7),
        fetched(9, letter(LEO, message_id="<e@n.test>"), hours=8),
        fetched(10, letter(LEO, message_id="<e@n.test>"), hours=8),
        fetched(11, third, "leo", hours=9, is_sent=True),
        fetched(12, third, "leo", hours=9),
    ]


def told():
    """What the tables say in the end, without ids and times of writing."""
    mails = db.rows(
        "SELECT m.internet_message_id, m.direction, m.kind, o.internet_message_id, m.replied_at,"
        " m.is_bounced FROM email_message m LEFT JOIN email_message o ON o.id = m.reply_to_id"
        " WHERE m.captured_at IS NOT NULL ORDER BY m.internet_message_id"
    )
    others = [
        db.rows(sql)
        for sql in (
            "SELECT provider_id, provider_thread_id, is_sent FROM message_copy ORDER BY 1",
            "SELECT kind, label, occurred_at FROM (SELECT kind, client_label AS label, occurred_at"
            " FROM engagement) AS told ORDER BY kind, occurred_at",
            "SELECT address, action, is_hard, message_id IS NULL FROM bounce",
            "SELECT remote_id, rule FROM capture_decision",
            "SELECT address, reason FROM suppression ORDER BY 1",
        )
    ]
    return [mails, *others]


PAGES = [(12, "oldest"), (12, "newest"), (1, "oldest"), (5, "oldest")]


@pytest.mark.parametrize(("size", "first"), PAGES)
def test_however_mails_are_paged_the_record_is_the_same(world, mailbox, size, first):
    stamped = world.stamp(CAROL, GONE)
    mails = story(stamped) if first == "oldest" else story(stamped)[::-1]
    rules = []
    for start in range(0, len(mails), size):
        with db.transaction():
            rules += ingest.take_in(mailbox, mails[start : start + size], context())

    left_out = {
        mail.provider_id for mail, rule in zip(mails, rules, strict=True) if rule != CAPTURED
    }
    sent, third = "<sent-1@provider.test>", "<sent-3@provider.test>"
    messages, copies, engagements, bounces, decisions, suppressions = told()
    assert left_out == {"p8"}
    assert decisions == [("p8", "internal")]
    assert {(row[0], row[1], row[3]) for row in messages} == {
        (sent, "sent", None),
        ("<b@mx.test>", "received", None),
        ("<a@n.test>", "received", sent),
        ("<b@n.test>", "received", sent),
        ("<sent-2@provider.test>", "sent", None),
        ("<c@n.test>", "received", "<sent-2@provider.test>"),
        ("<d@n.test>", "received", None),
        ("<e@n.test>", "received", None),
        (third, "sent", None),
    }
    assert EmailMessage.get_by_id(Stamp.get_by_id(stamped.id).message_id).is_bounced
    assert len(copies) == 11
    assert [row[0] for row in engagements] == ["bounce", "opt_out", "reply", "reply"]
    assert bounces == [(GONE, "failed", True, False)]
    assert suppressions == [(CAROL, "unsubscribed"), (GONE, "hard_bounce")]


def test_many_mails_cost_as_many_statements_as_one(mailbox):
    def sent_for(count, start):
        mails = [
            fetched(n, letter(CAROL, message_id=f"<{n}@n.test>"))
            for n in range(start, start + count)
        ]
        with statements() as sent, db.transaction():
            ingest.take_in(mailbox, mails, context())
        return len(sent)

    assert sent_for(40, 1) == sent_for(1, 0) <= 20


def test_one_poisoned_mail_takes_back_only_itself(world, mailbox):
    provider = FakeMailbox(world.alice.email, page=20)
    for number in range(9):
        provider.put(letter(message_id=f"<{number}@n.test>"), NOON)
    poisoned = provider.put(letter(), NOON)
    provider.mails[poisoned] = FetchedMail(
        poisoned, "t", NOON, False, False, False, False, raw="no bytes"
    )

    turn(mailbox, provider)
    turn(mailbox, provider)

    assert db.one("SELECT count(*) FROM email_message") == (9,)
    assert db.rows("SELECT remote_id, reason FROM sync_item WHERE state = 'retry'") == [
        (poisoned, "TypeError")
    ]
