"""The compose card: its switches arm and disarm, and say what can and cannot be known."""

import pytest

from backend.mail.html_body import HtmlBody
from backend.models.mail import Stamp, StampCopy, TrackedLink
from backend.models.mailboxes import Mailbox, MailboxState
from backend.models.org import User
from backend.tracking.facts import Kind
from backend.tracking.policy import Policy
from backend.tracking.sending import Source, confirm
from backend.tracking.stamping import MAX_RECIPIENTS, link_rules
from gmail_addon.asking import STATE
from gmail_addon.signing import Order, Signer
from tests.gmail_addon.calling import (
    buttons,
    card_of,
    inserted,
    rows,
    switch,
    switches,
)
from tests.world import CAROL, DANA, GMAIL_PROXY, LEO, NOON, SECRET, hit, record


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database_url(request):
    return request.getfixturevalue("migrated_url") if request.param == "postgres" else ""


@pytest.fixture
def gmail(gmail):
    gmail.recipients = [f"Carol <{CAROL}>"]
    return gmail


def only_stamp():
    (row,) = Stamp.select()
    return row


def token_of(html, world, kind):
    """The token of our image in what was put into the draft."""
    body = HtmlBody.read(html, link_rules(Policy(), world.host))
    assert f"/{kind}/" in html
    (token,) = body.own_pixels
    return token


def test_nothing_is_tracked_before_the_writer_says_so(gmail):
    card = gmail.card("compose")

    assert card["header"] == {"title": "Track this mail", "subtitle": "Tracking is off"}
    assert [each.get("selected", False) for each in switches(card)] == [False]
    assert Stamp.select().count() == 0


@pytest.mark.req("R2", "R4")
def test_the_switch_puts_the_pixel_at_the_start_of_the_draft_at_once(gmail, world):
    answer = gmail.turn(gmail.card("compose"), "opens", is_on=True)

    place, html = inserted(answer)
    assert place == "INSERT_AT_START"
    assert html.startswith('<img src="https://track.ours.test/o/')
    assert 'width="1" height="1" alt=""' in html
    row = only_stamp()
    assert (row.state, row.opens, row.links, row.channel) == ("armed", True, False, "gmail")
    assert StampCopy.get().pixel_token == token_of(html, world, "o")
    card = card_of(answer)
    assert card["header"]["subtitle"] == "Tracking is on. You may close this panel."
    assert switch(card, "opens")["selected"] is True


def test_one_press_tracks_as_last_time(gmail, world):
    card = gmail.card("compose")

    inserted(gmail.press(buttons(card)["Track this mail"]))

    assert (only_stamp().opens, only_stamp().links) == (True, False)
    assert User.get_by_id(world.alice.id).preferences == {"opens": True, "links": False}


@pytest.mark.req("R11")
def test_switching_off_disarms_and_on_again_arms_the_same_token(gmail, world):
    answer = gmail.turn(gmail.card("compose"), "opens", is_on=True)
    token = token_of(inserted(answer)[1], world, "o")

    off = gmail.turn(card_of(answer), "opens", is_on=False)
    assert "hostAppAction" not in off["renderActions"]
    assert only_stamp().state == "disarmed"
    assert record(hit(token)) == 0

    on = gmail.turn(card_of(off), "opens", is_on=True)
    assert "hostAppAction" not in on["renderActions"]
    assert only_stamp().state == "armed"
    assert record(hit(token, after=90)) == 1


def test_a_draft_switched_off_stays_off_when_somebody_confirms_its_send(gmail, world):
    answer = gmail.turn(gmail.card("compose"), "opens", is_on=True)
    token = token_of(inserted(answer)[1], world, "o")
    gmail.press(buttons(card_of(answer))["Switch tracking off"])

    confirm(only_stamp(), NOON, Source.PROVIDER)

    assert only_stamp().state == "disarmed"
    assert record(hit(token)) == 0


@pytest.mark.req("R29")
def test_what_was_loaded_before_the_send_is_known_waits_and_is_then_judged(gmail, world):
    answer = gmail.turn(gmail.card("compose"), "opens", is_on=True)
    token = token_of(inserted(answer)[1], world, "o")
    (row,) = [row for row in rows(card_of(answer)) if "Connect your mailbox" in row["text"]]
    assert row["onClick"]["openLink"]["url"].endswith("/console/mailboxes")
    record(
        hit(token, user_agent=GMAIL_PROXY, after=-30),
        hit(token, user_agent=GMAIL_PROXY, after=600),
    )
    assert {row["reasons"][0] for row in world.engagements(only_stamp())} == {"send_not_confirmed"}

    confirm(only_stamp(), NOON, Source.PROVIDER)

    found = [(row["verdict"], row["is_counted"]) for row in world.engagements(only_stamp())]
    assert found[0] == ("self", False)
    assert found[1][1] is True


def test_every_new_card_has_a_token_of_its_own(gmail, world):
    tokens = {
        token_of(inserted(gmail.turn(gmail.card("compose"), "opens", is_on=True))[1], world, "o")
        for _ in range(2)
    }

    assert len(tokens) == 2
    assert Stamp.select().count() == 2


@pytest.mark.req("R1", "R14", "R74")
def test_each_recipient_s_decision_stands_on_the_card(gmail):
    gmail.recipients = [CAROL, DANA, LEO]

    shown = {row["text"]: row for row in rows(gmail.card("compose")) if "topLabel" in row}

    assert shown[CAROL]["topLabel"] == "Will be measured"
    assert shown[DANA]["topLabel"] == "Will not be measured"
    assert shown[DANA]["bottomLabel"] == "Do Not Track is set for this person."
    assert shown[LEO]["bottomLabel"] == "This person agreed to be measured."


@pytest.mark.req("R74")
def test_a_mail_that_may_not_be_measured_gets_nothing_of_ours(gmail):
    gmail.recipients = [DANA]

    answer = gmail.turn(gmail.card("compose"), "opens", is_on=True)

    assert "hostAppAction" not in answer["renderActions"]
    assert (only_stamp().state, only_stamp().reason) == ("untracked", "do_not_track")
    assert card_of(answer)["header"]["subtitle"] == "This mail stays untracked"
    assert "Sent untracked" not in str(answer), "it is a draft"


def test_recipients_may_be_looked_at_again(gmail):
    answer = gmail.turn(gmail.card("compose"), "opens", is_on=True)
    gmail.recipients = [CAROL, LEO]

    card = card_of(gmail.press(buttons(card_of(answer))["Look again"]))

    assert LEO in str(card)
    assert "share one picture" in str(card)


def test_once_the_recipients_allow_it_the_picture_goes_in_and_not_before(gmail):
    gmail.recipients = [DANA]
    refused = card_of(gmail.turn(gmail.card("compose"), "opens", is_on=True))

    gmail.recipients = [CAROL]
    answer = gmail.press(buttons(refused)["Look again"])

    assert inserted(answer)[0] == "INSERT_AT_START"
    assert card_of(answer)["header"]["subtitle"].startswith("Tracking is on")
    gmail.recipients = [CAROL, DANA]
    card = card_of(gmail.press(buttons(card_of(answer))["Look again"]))
    assert card["header"]["subtitle"] == "This mail stays untracked"
    assert only_stamp().state == "untracked"


def test_an_event_without_recipients_keeps_those_of_the_call_before(gmail):
    answer = gmail.turn(gmail.card("compose"), "opens", is_on=True)
    gmail.recipients = []

    card = card_of(gmail.press(buttons(card_of(answer))["Look again"]))

    assert "Carol" in str(card)


@pytest.mark.req("R1")
def test_without_relay_or_send_tracked_links_cannot_be_switched_on_and_it_says_why(gmail):
    card = gmail.card("compose")

    assert [each["name"] for each in switches(card)] == ["opens"]
    row = next(row for row in rows(card) if row["text"].startswith("Track links"))
    assert "lets no add-on change the links" in row["bottomLabel"]


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://example.com/price?a=1&b=2", "https://example.com/price?a=1&b=2"),
        ("example.com/price", "https://example.com/price"),
        (f"https://example.com/{'a' * 3000}", f"https://example.com/{'a' * 3000}"),
    ],
)
def test_a_tracked_link_is_put_in_where_the_cursor_is(gmail, world, typed, url):
    card = gmail.card("compose")
    gmail.inputs = {"url": typed, "text": "Our <prices>"}

    place, html = inserted(gmail.press(buttons(card)["Insert at the cursor"]))

    assert place == "IN_PLACE_INSERT"
    link = TrackedLink.get()
    assert html == f'<a href="https://track.ours.test/c/{link.token}">Our &lt;prices&gt;</a>'
    assert (link.url, link.text) == (url, "Our <prices>")
    assert (only_stamp().links, only_stamp().link_count) == (True, 1)
    confirm(only_stamp(), NOON, Source.PROVIDER)
    assert record(hit(link.token, Kind.CLICK, after=600)) == 1


@pytest.mark.parametrize(
    ("why", "typed"),
    [
        ("nothing", ""),
        ("a script", "javascript:alert(1)//://"),
        ("an inner host", "http://10.0.0.1/"),
        ("a user in it", "https://a:b@x.test/"),
        ("a link to unsubscribe", "https://x.test/unsubscribe?u=1"),
        ("something endless", "https://x.test/" + "a" * 100_000),
    ],
)
def test_no_link_is_made_of(gmail, why, typed):
    card = gmail.card("compose")
    gmail.inputs = {"url": typed}

    answer = gmail.press(buttons(card)["Insert at the cursor"])

    assert "hostAppAction" not in answer["renderActions"], why
    assert answer["renderActions"]["action"]["notification"]["text"]
    assert TrackedLink.select().count() == 0


def test_only_opens_switched_off_lets_the_picture_count_nothing(gmail, world):
    answer = gmail.turn(gmail.card("compose"), "opens", is_on=True)
    token = token_of(inserted(answer)[1], world, "o")
    gmail.inputs = {"url": "https://example.com", "opens": "1"}
    answer = gmail.press(buttons(card_of(answer))["Insert at the cursor"])
    Stamp.update(opens=False).execute()

    assert record(hit(token)) == 0


def test_send_tracked_is_off_unless_an_admin_switches_it_on(gmail, world):
    card = card_of(gmail.turn(gmail.card("compose"), "opens", is_on=True))
    assert "Send tracked" not in buttons(card)
    data = {"compose": only_stamp().compose_id, "opens": True, "links": False, "carries": "o"}
    state = Signer.of(SECRET).sign(world.alice.id, Order("send_tracked", data))

    answer = gmail.answer("action", **{STATE: state})

    assert "is off" in answer["renderActions"]["action"]["notification"]["text"]
    assert only_stamp().state == "armed"


def test_with_a_captured_mailbox_nothing_has_to_be_connected(gmail, world):
    alice = world.alice
    Mailbox.create(
        org_id=alice.org_id,
        user_id=alice.id,
        provider="google",
        address=alice.email,
        state=MailboxState.ACTIVE,
    )

    card = card_of(gmail.turn(gmail.card("compose"), "opens", is_on=True))

    assert "Connect your mailbox" not in str(card)
    assert "The time of sending is known" in str(card)


@pytest.mark.parametrize("button", ["Switch tracking off", "Look again", "opens"])
def test_a_press_on_the_card_of_a_mail_that_is_sent_by_now_shows_what_is_so(gmail, world, button):
    answer = gmail.turn(gmail.card("compose"), "opens", is_on=True)
    token = token_of(inserted(answer)[1], world, "o")
    confirm(only_stamp(), NOON, Source.PROVIDER)

    card = card_of(answer)
    if button == "opens":
        late = gmail.turn(card, "opens", is_on=False)
    else:
        late = gmail.press(buttons(card)[button])

    assert late["renderActions"]["action"]["notification"]["text"] == "This mail was sent already."
    shown = card_of(late)
    assert (shown["name"], "Stop tracking" in buttons(shown)) == ("mail", True)
    assert User.get_by_id(world.alice.id).preferences["opens"] is True
    assert record(hit(token)) == 1


def test_a_draft_to_more_people_than_are_judged_is_not_tracked_and_says_why(gmail, world):
    card = card_of(gmail.turn(gmail.card("compose"), "opens", is_on=True))
    gmail.recipients = [f"p{number}@else.test" for number in range(MAX_RECIPIENTS)] + [DANA]
    gmail.inputs = {"url": "https://example.com"}

    told = [
        gmail.press(buttons(card)["Look again"]),
        gmail.press(buttons(gmail.card("compose"))["Track this mail"]),
        gmail.press(buttons(card)["Insert at the cursor"]),
    ]

    for answer in told:
        assert "hostAppAction" not in answer["renderActions"]
        notice = answer["renderActions"]["action"]["notification"]["text"]
        assert notice == "At most 500 recipients are taken; split the mail."
    assert card_of(told[0])["header"]["subtitle"] == "Tracking is off"
    assert "And 481 more." in str(card_of(told[0]))
    assert only_stamp().state == "disarmed"


def test_without_the_permission_to_know_the_recipients_google_is_asked_for_it(gmail):
    gmail.scopes = ["https://www.googleapis.com/auth/userinfo.email"]

    scopes = gmail.answer("compose")["requesting_google_scopes"]["scopes"]

    assert scopes == ["https://www.googleapis.com/auth/gmail.addons.current.message.metadata"]
