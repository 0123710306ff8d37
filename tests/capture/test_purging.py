"""Messages taken out of the record: with all that is known of them, and no link dies of it."""

from datetime import timedelta

import pytest

from backend import db
from backend.capture import leases, purging
from backend.capture.purging import Gone, Holder
from backend.insights import search
from backend.insights.viewer import Viewer
from backend.models.mail import Stamp
from backend.models.mailboxes import fence
from backend.models.org import User
from backend.tracking import mail_index
from backend.tracking.facts import Kind
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import OURS, Taking, messages, sent_copy
from tests.world import CAROL, NOON, hit, record

OF_A_MESSAGE = ("participant", "message_copy", "message_body", "message_reference", "bounce")
OF_A_STAMP = ("stamp", "stamp_copy", "tracked_link", "engagement", "hit", "mail_word", "sent_url")


@pytest.fixture
def take():
    return Taking()


def count(*tables):
    return {table: db.one(f"SELECT count(*) FROM {table}")[0] for table in tables}


def test_a_message_goes_with_everything_and_its_links_stay(world, take):
    mailbox, stamped = mailbox_of(world.alice), world.stamp(CAROL)
    take(mailbox, sent_copy(stamped), is_sent=True)
    answer = letter(headers={"In-Reply-To": "<sent-1@provider.test>"}, message_id="<2@n.test>")
    take(mailbox, answer)
    record(hit(world.open_token(stamped)), hit(world.click_token(stamped), Kind.CLICK))
    targets = count("link_target")
    version = User.get_by_id(world.alice.id).feed_version

    with db.transaction():
        gone = purging.purge([row["id"] for row in messages()])

    assert gone == 2
    assert set(count("email_message", *OF_A_MESSAGE, *OF_A_STAMP).values()) == {0}
    assert count("link_target") == targets != {"link_target": 0}
    assert User.get_by_id(world.alice.id).feed_version > version


@pytest.mark.parametrize("is_written", [True, False])
def test_a_link_is_found_by_the_newest_mail_that_is_left(world, is_written):
    link = '<a href="https://example.com/{0}">{0}</a><a href="https://example.com/same">same</a>'
    mails = [world.send(CAROL, html=link.format(each)) for each in ("old", "older", "newest")]
    mail_index.write()

    with db.transaction():
        purging.purge([Stamp.get_by_id(mails[-1].id).message_id])
    if is_written:
        mail_index.write()

    found = search.find(Viewer(world.alice.id, world.alice.org_id), "example.com").links
    assert {each["url"].rpartition("/")[2]: each["stamp"]["id"] for each in found} == {
        "old": mails[0].id,
        "older": mails[1].id,
        "same": mails[1].id,
    }


def test_what_was_answered_is_answered_by_what_is_left(world, take):
    mailbox, stamped = mailbox_of(world.alice), world.stamp(CAROL)
    take(mailbox, sent_copy(stamped), is_sent=True)
    for number in (1, 2):
        headers = {"In-Reply-To": "<sent-1@provider.test>"}
        answer = letter(headers=headers, message_id=f"<{number}@n.test>", text="Unsubscribe")
        take(mailbox, answer, hours=number)
    original, first, second = (row["id"] for row in messages())

    with db.transaction():
        purging.purge([first])
    (after_one,) = (row["replied_at"] for row in messages() if row["id"] == original)
    left = sorted(each["kind"] for each in world.engagements(stamped))
    with db.transaction():
        purging.purge([second])

    assert (after_one, left) == (NOON + timedelta(hours=2), ["opt_out", "reply"])
    assert [row["replied_at"] for row in messages()] == [None]
    assert world.engagements(stamped) == []


def test_what_somebody_else_has_too_stays_and_becomes_hers(world, take):
    alice, bob = mailbox_of(world.alice), mailbox_of(world.users["bob"])
    mail = letter(CAROL, f"{OURS}, bob@ours.test", message_id="<1@n.test>")
    take(alice, mail)
    take(bob, mail)
    (message,) = messages()

    with db.transaction():
        gone = purging.let_go([message["id"]], "excluded", Holder(user_id=world.alice.id))

    assert gone == Gone(purged=0, kept=1)
    assert db.rows("SELECT mailbox_id FROM message_copy") == [(bob.id,)]
    assert db.rows("SELECT user_id FROM email_message") == [(world.users["bob"].id,)]
    assert db.rows("SELECT mailbox_id, rule FROM capture_decision") == [(alice.id, "excluded")]


def test_a_stamped_mail_stays_as_the_sent_mail_it_was(world, take):
    mailbox, stamped = mailbox_of(world.alice), world.stamp(CAROL)
    take(mailbox, sent_copy(stamped), is_sent=True)
    record(hit(world.open_token(stamped)))

    with db.transaction():
        gone = purging.let_go([messages()[0]["id"]], "excluded")

    assert gone == Gone(purged=0, kept=1)
    assert count("message_copy", "message_body") == {"message_copy": 0, "message_body": 0}
    assert db.rows("SELECT dedup_key, captured_at FROM email_message") == [(None, None)]
    assert len(world.engagements(stamped)) == 1


def test_one_that_is_erased_is_taken_from_whoever_works_on_it(world, take):
    mailbox = mailbox_of(world.alice)
    take(mailbox, letter(message_id="<1@n.test>"))
    lease = leases.take(mailbox.id, "worker")

    with db.transaction():
        fence(mailbox.id)

    with pytest.raises(leases.LeaseLost):
        leases.hold(lease)
    assert leases.take(mailbox.id, "another")
