"""The card beside a mail that is open in Gmail, whose mailbox is `emulate`."""

import pytest

from backend.models.mail import SelfView, Stamp
from backend.models.people import Person
from backend.tracking.sending import Source, confirm
from tests.gmail_addon.calling import buttons, card_of, rows, widgets
from tests.gmail_addon.mailbox import TOKENS, running
from tests.world import CAROL, GMAIL_PROXY, NOON, hit, record

STRANGER = "zoe@new.test"


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory):
    with running(tmp_path_factory.mktemp("mailbox")) as found:
        yield found


@pytest.fixture(scope="module")
def endpoint(mailbox):
    return mailbox.endpoint


@pytest.fixture
def gmail(gmail):
    gmail.oauth_token = TOKENS[gmail.email]
    return gmail


def mail(sender, to="alice@ours.test", message_id="<1@x.test>"):
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: Hi\r\nMessage-ID: {message_id}\r\n"
        "Content-Type: text/html\r\n\r\n<p>Hi</p>"
    ).encode()


def look_at(gmail, mailbox, raw):
    gmail.opened = {"messageId": mailbox.put(raw, "INBOX"), "accessToken": "of this mail only"}
    return gmail.card("message")


@pytest.mark.req("R50", "R52")
def test_a_sender_we_know_is_shown_with_numbers_and_timeline(gmail, mailbox, world, time_machine):
    time_machine.move_to(NOON.replace(hour=14))
    record(hit(world.open_token(world.send(CAROL, subject="Offer"))))
    world.send(CAROL, subject="Later")
    gmail.recipients = [CAROL]
    gmail.press(buttons(gmail.card("compose"))["Track this mail"])  # a draft is no mail yet

    card = look_at(gmail, mailbox, mail(f"Carol <{CAROL}>"))

    assert card["header"] == {"title": "Carol", "subtitle": CAROL}
    text = [row["text"] for row in rows(card)]
    assert "1 mail waits" in str(card)
    assert "2 mails \u00b7 1 opened \u00b7 0 clicked \u00b7 0 answered" in text
    assert "<b>Likely opened</b> \u00b7 Offer" in text


def test_a_sender_nobody_knows_is_added_as_a_contact(gmail, mailbox, world):
    card = look_at(gmail, mailbox, mail(f"Zo\u00eb <{STRANGER}>"))
    assert card["header"]["title"] == "Not in Telltale yet"
    form = card_of(gmail.press(buttons(card)["Add a person"]))
    assert {each["textInput"]["name"] for each in widgets(form) if "textInput" in each} == {
        "name",
        "company",
    }
    gmail.inputs = {"name": "Zo\u00eb <b>", "company": "New"}

    card = card_of(gmail.press(buttons(form)["Add as contact"]))

    person = Person.get(Person.name == "Zo\u00eb <b>")
    assert (person.kind, person.company, person.owner_id) == ("contact", "New", world.alice.id)
    assert card["header"]["subtitle"] == STRANGER
    again = gmail.press(buttons(form)["Add as contact"])
    assert "known by now" in again["renderActions"]["action"]["notification"]["text"]
    assert Person.select().where(Person.company == "New").count() == 1


@pytest.mark.req("R23")
def test_looking_at_one_s_own_sent_mail_is_no_open_of_the_recipient(gmail, mailbox, world):
    stamped = world.send(CAROL, subject="Offer")
    confirm(Stamp.get_by_id(stamped.id), NOON, Source.PROVIDER, "<own@ours.test>")
    own = mail("Alice <alice@ours.test>", CAROL, "<own@ours.test>")

    card = look_at(gmail, mailbox, own)

    assert card["header"]["title"] == "Offer"
    view = SelfView.get(SelfView.stamp_id == stamped.id)
    record(hit(world.open_token(stamped), received_at=view.occurred_at, user_agent=GMAIL_PROXY))
    assert [row["verdict"] for row in world.engagements(stamped)] == ["self"]


def test_an_own_mail_we_do_not_know_shows_whom_it_went_to(gmail, mailbox):
    card = look_at(gmail, mailbox, mail("alice@ours.test", CAROL, "<other@ours.test>"))

    assert card["header"]["subtitle"] == CAROL


def test_a_mail_without_a_sender_is_no_fault(gmail, mailbox):
    raw = b"From: undisclosed\r\nSubject: x\r\n\r\nx"

    assert "names no sender" in str(look_at(gmail, mailbox, raw))


def test_without_the_permission_google_is_asked_for_it(gmail):
    gmail.opened = {"messageId": "msg-f:1", "accessToken": "x"}
    gmail.scopes = ["https://www.googleapis.com/auth/userinfo.email"]

    scopes = gmail.answer("message")["requesting_google_scopes"]["scopes"]

    assert scopes == ["https://www.googleapis.com/auth/gmail.addons.current.message.metadata"]


def test_a_mail_gmail_does_not_hand_out_is_said_to_be_away(gmail):
    gmail.opened = {"messageId": "msg-f:404", "accessToken": "x"}

    assert gmail.card("message")["header"]["title"] == "Telltale is away"


def test_an_event_without_a_mail_shows_what_to_do(gmail):
    gmail.opened = None

    assert "Open a mail" in str(gmail.card("message"))
