"""What others than the sender are told of a mail with blind copies, by its counters."""

import pytest

from backend import db
from backend.insights import blind, captured, timeline
from backend.insights.people_mail import About
from backend.tracking.drafts import Recipient
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import OURS, Taking
from tests.world import CAROL, LEO, hit, record

BOTH = (Recipient("to", CAROL), Recipient("bcc", LEO))


def shown(world, stamped, name):
    user_id = None if name is None else world.users[name].id
    return blind.counters([world.message(stamped).id], user_id)


@pytest.mark.req("R41")
def test_the_sender_and_who_asks_for_nobody_have_the_counters_of_the_mail(world):
    stamped = world.send(recipients=BOTH, per_recipient=True)

    assert shown(world, stamped, "alice") == shown(world, stamped, None) == {}


def test_a_mail_without_blind_copies_is_as_it_is(world):
    assert shown(world, world.send(CAROL, LEO, per_recipient=True), "mika") == {}


@pytest.mark.req("R41")
def test_a_timeline_counts_what_others_than_the_blind_did(world, as_viewer):
    stamped = world.send(recipients=BOTH, per_recipient=True)
    record(hit(world.open_token(stamped, LEO)))
    carol = About([world.people["carol"].id], [CAROL])

    told = {name: timeline.page(as_viewer(name), carol).items[0] for name in ("alice", "mika")}

    figures = ("is_opened", "open_count", "first_opened_at")
    assert [told["alice"][each] for each in figures] == [True, 1, "2026-11-20T12:01:00Z"]
    assert [told["mika"][each] for each in figures] == [False, 0, None]


@pytest.mark.req("R41")
def test_an_answer_of_who_got_a_blind_copy_is_the_senders_alone(world, as_viewer):
    take, mailbox = Taking(), mailbox_of(world.alice)
    mail = letter(OURS, CAROL, message_id="<sent@p.test>", headers={"Bcc": LEO})
    take(mailbox, mail, is_sent=True)
    headers = {"In-Reply-To": "<sent@p.test>"}
    take(mailbox, letter(LEO, subject="Re: Offer", message_id="<a@p.test>", headers=headers))
    sql = "SELECT id, replied_at FROM email_message WHERE direction = 'sent'"
    ((message_id, replied_at),) = db.rows(sql)

    told = blind.counters([message_id], world.users["mika"].id)[message_id]

    assert (replied_at is not None, told["replied_at"]) == (True, None)
    assert captured.one(as_viewer(), message_id).replied_at == replied_at
    assert captured.one(as_viewer("mika"), message_id).replied_at is None
    take(mailbox, letter(CAROL, subject="Re: Offer", message_id="<b@p.test>", headers=headers))
    assert blind.counters([message_id], world.users["mika"].id)[message_id]["replied_at"]
