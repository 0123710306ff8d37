"""The card beside a mail that is open in Gmail, whose mailbox is `emulate`."""

import pytest

from backend.capture import calendar_sync, streams
from backend.models.mail import SelfView, Stamp
from backend.models.people import Person
from backend.people import adding
from backend.people.values import Actor
from backend.tracking.sending import Source, confirm
from tests.capture.letters import letter, mailbox_of, take
from tests.capture.meetings import take_meeting
from tests.gmail_addon.calling import buttons, card_of, rows, widgets
from tests.gmail_addon.mailbox import TOKENS, running
from tests.world import CAROL, GMAIL_PROXY, LEO, NOON, hit, record

STRANGER = "zoe@new.test"
PEOPLE = [f"p{number}@x.test" for number in range(5)]


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
    assert "2 mails sent \u00b7 opened 1 of 2 measurable \u00b7 clicked 0" in text
    assert [line for line in text if "Offer" in line] == ["<b>Likely opened</b> \u00b7 Offer"] * 2
    assert "<b>No signal yet</b> \u00b7 Later" in text


@pytest.mark.req("R46", "R54")
def test_meetings_and_captured_mail_stand_on_the_timeline_and_count(gmail, mailbox, world):
    ours = mailbox_of(world.alice)
    streams.of(ours.org_id, ours.id, calendar_sync.KIND)
    take_meeting(ours, -1, "Review <b>")
    take_meeting(ours, 1, "unsaid", is_private=True)
    take_meeting(ours, -2, "Off", is_cancelled=True, people=[CAROL, *PEOPLE])
    take(ours, letter(subject="Question"), days=3)

    card = look_at(gmail, mailbox, mail(CAROL))

    shown = {row["text"]: row for row in rows(card)}
    figures = ("0 mails sent", "opened 0 of 0 measurable", "clicked 0")
    captured = ("1 mail received", "1 meeting")
    assert shown[" \u00b7 ".join(figures + captured)]["bottomLabel"].startswith("Last received")
    order = [text for text in shown if text.startswith("<b>") and "Carol" not in text]
    assert order == [
        "<b>To come</b> \u00b7 Private meeting",
        "<b>Meeting</b> \u00b7 Review &lt;b&gt;",
        "<b>Cancelled</b> \u00b7 Off",
        "<b>Received</b> \u00b7 Question",
    ]
    assert shown[order[1]]["bottomLabel"] == "Alice (organizer) \u00b7 Carol (accepted)"
    assert shown[order[2]]["bottomLabel"].endswith("and 2 more")
    assert "bottomLabel" not in shown[order[3]]
    link = shown[order[3]]["onClick"]["openLink"]["url"]
    assert "/console/messages/" in link


def test_three_busy_people_of_one_address_stay_within_a_card(gmail, mailbox, world):
    facts = {"kind": "contact", "addresses": (CAROL,)}
    for name in ("B", "C", "D"):
        adding.add(Actor(world.alice.org_id, "alice"), facts | {"name": name})
    for number in range(12):
        stamped = world.send(CAROL, subject=f"Mail {number}")
        record(*(hit(world.open_token(stamped), after=100 * n) for n in range(1, 6)))

    card = look_at(gmail, mailbox, mail(CAROL))  # the contract counts the widgets

    assert "One more person has this address." in str(card)
    assert 60 < len(widgets(card)) <= 100


@pytest.mark.parametrize(("who", "kind"), [(CAROL, "Contact"), (LEO, "Lead")])
def test_the_card_says_whether_it_is_a_contact_or_a_lead(gmail, mailbox, who, kind):
    shown = {row["text"]: row.get("topLabel") for row in rows(look_at(gmail, mailbox, mail(who)))}

    assert kind in shown.values()


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
@pytest.mark.parametrize("sender", ["Alice <alice@ours.test>", "Sales <sales@ours.test>"])
def test_looking_at_one_s_own_sent_mail_is_no_open_of_the_recipient(gmail, mailbox, world, sender):
    stamped = world.send(CAROL, subject="Offer")
    confirm(Stamp.get_by_id(stamped.id), NOON, Source.PROVIDER, "<own@ours.test>")
    own = mail(sender, CAROL, "<own@ours.test>")

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

    card = gmail.card("message")

    assert card["header"]["title"] == "Telltale"  # which is not what is away
    assert "Gmail did not answer" in str(card)


def test_an_event_without_a_mail_shows_what_to_do(gmail):
    gmail.opened = None

    assert "Open a mail" in str(gmail.card("message"))
