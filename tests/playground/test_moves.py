"""What one does on the stage, against the running app and mail host (readers: journeys)."""

import re
import shutil
from datetime import timedelta

import pytest

from backend import clock, dial
from backend.errors import Conflict, Invalid, TelltaleError, Unavailable
from backend.models.mail import EmailMessage, Stamp
from backend.models.org import ApiToken
from backend.tracking.drafts import Host
from playground import letters, moves
from playground.outgoing import Composed
from playground.readers import Deed, reader
from tests.world import CAROL, DANA, LEO

HTML = '<p>Hi</p><a href="https://example.com/a">A</a>'
NOBODY = {"to": " ,;"}


@pytest.fixture
def actor(client, world, settings):
    shutil.rmtree(settings.data_dir / "playground", ignore_errors=True)
    return moves.Actor(world.alice, settings)


def composed(**changes):
    values = {
        "to": f"Carol <{CAROL}>; {LEO}", "cc": "", "subject": "Offer", "body": HTML,
        "is_html": True, "opens": True, "links": True, "per_recipient": True,
    }  # fmt: skip
    return Composed(**{**values, **changes})


def letter_of(actor, address):
    (mail_id,) = actor.inboxes.mails(address)
    return letters.parse(actor.inboxes.open(mail_id))


@pytest.mark.req("R12", "R4")
def test_each_recipient_gets_a_stamped_copy_of_her_own(actor, settings):
    told = moves.send(actor, composed())

    carols, leos = letter_of(actor, CAROL), letter_of(actor, LEO)
    tracked = re.compile(re.escape(settings.tracking_url) + r"/[oc]/[a-z2-7]{32}")
    assert len(tracked.findall(carols.html)) == 2
    assert set(tracked.findall(carols.html)) & set(tracked.findall(leos.html)) == set()
    assert carols.header("Message-ID") == leos.header("Message-ID")
    assert carols.header("To") == f"Carol <{CAROL}>, {LEO}"
    assert told["mail"] == actor.inboxes.mails(CAROL)[0]
    assert Stamp.get_by_id(told["id"]).user_id == actor.user.id


@pytest.mark.req("R29")
def test_an_accepted_mail_is_confirmed_with_its_message_id(actor):
    moves.send(actor, composed())

    stamp = Stamp.get()
    message = EmailMessage.get_by_id(stamp.message_id)
    assert (stamp.state, stamp.sent_at is not None) == ("sent", True)
    assert message.internet_message_id == letter_of(actor, CAROL).header("Message-ID")


def test_the_senders_own_copy_lies_in_her_sent_folder(actor):
    moves.send(actor, composed())

    assert letter_of(actor, actor.user.email).header("Subject") == "Offer"


def test_the_token_of_a_send_is_gone_after_it(actor):
    moves.send(actor, composed())

    assert ApiToken.select().where(ApiToken.user_id == actor.user.id).count() == 0


def test_one_copy_for_all_when_asked_for(actor):
    moves.send(actor, composed(per_recipient=False, cc="new@harbour.test"))

    assert letter_of(actor, CAROL).html == letter_of(actor, LEO).html
    assert Stamp.get().is_per_recipient is False


@pytest.mark.req("R1", "R8", "R10", "R74")
@pytest.mark.parametrize(
    ("why", "changes", "reason"),
    [
        ("plain text", {"is_html": False}, "text_only"),
        ("Do Not Track", {"to": DANA}, "do_not_track"),
        ("one who may not be in a shared copy", {"cc": DANA, "per_recipient": False},
         "do_not_track"),
        ("switched off", {"opens": False, "links": False}, "switched_off"),
        ("nothing against it", {}, ""),
    ],
)  # fmt: skip
def test_what_is_foreseen_is_what_is_done(actor, why, changes, reason):
    foreseen = moves.foresee(actor, composed(**changes), Host.of(actor.settings))
    told = moves.send(actor, composed(**changes))

    assert (foreseen["reason"], told["reason"]) == (reason, reason), why
    if reason:
        body = letter_of(actor, actor.user.email)
        assert (body.html or body.text).strip() == HTML, why


def test_foreseeing_names_each_recipient_and_stores_nothing(actor):
    told = moves.foresee(
        actor, composed(to=f"{CAROL}, {DANA}, new@x.test"), Host.of(actor.settings)
    )

    assert [(each["name"], each["decision"], each["reason"]) for each in told["recipients"]] == [
        ("Carol", "track", "allowed"),
        ("Dana", "leave", "do_not_track"),
        ("", "track", "allowed"),
    ]
    assert Stamp.select().count() == 0


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("nobody to write to", NOBODY),
        ("no address", {"to": "nonsense"}),
        ("no address that can stand in a mail", {"to": "a b c@@d"}),
        ("a line break in the subject", {"subject": "a\r\nBcc: mallory@theirs.test"}),
        ("a line break in an address", {"to": "a@x.test\r\nDATA"}),
        ("too many", {"to": ", ".join(f"a{n}@x.test" for n in range(101))}),
        ("too long a body", {"body": "x" * 1_000_001}),
        ("NUL", {"subject": "a\0b"}),
    ],
)
def test_what_cannot_be_sent_is_said_and_nothing_goes_out(actor, why, changes):
    with pytest.raises(TelltaleError):
        moves.send(actor, composed(**changes))

    assert actor.inboxes.all() == [], why


def test_the_clock_moves_on_and_says_so(actor):
    dial.follow(actor.settings)
    try:
        before = clock.now()
        told = moves.move_clock(actor, timedelta(hours=1))

        assert clock.now() - before >= timedelta(hours=1)
        assert told["ahead_s"] >= 3600
    finally:
        clock.run_ahead_by(None)


def test_a_clock_that_cannot_move_says_so(world, settings):
    fixed = moves.Actor(world.alice, settings.model_copy(update={"env": "production"}))

    with pytest.raises(Conflict):
        moves.move_clock(fixed, timedelta(hours=1))
    with pytest.raises(Invalid):
        moves.foresee(fixed, composed(**NOBODY), Host.of(settings))


@pytest.mark.parametrize("policy", [{}, {"tracking_url": "https://mail.ours.test"}])
def test_a_tracking_host_that_is_away_is_said_so_and_leaves_no_token(actor, world, policy):
    world.set_policy(**policy)
    moves.send(actor, composed())
    (mail_id,) = actor.inboxes.mails(CAROL)

    with pytest.raises(Unavailable):
        moves.play(actor, mail_id, reader("outlook_windows"), Deed.OPEN)

    assert ApiToken.select().where(ApiToken.user_id == actor.user.id).count() == 0
