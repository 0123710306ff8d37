"""One mail's card: its state, recipients, links and history; the end of its tracking."""

from datetime import timedelta

import pytest

from backend.models.mail import EmailMessage, Stamp
from backend.tracking.facts import Kind
from gmail_addon.signing import Order, Signer
from tests.gmail_addon.calling import buttons, card_of, rows
from tests.world import CAROL, LEO, NOON, SECRET, hit, record


@pytest.fixture(autouse=True)
def later(time_machine):
    time_machine.move_to(NOON + timedelta(hours=2))


def opened(gmail):
    """The card behind the first row of the Feed."""
    row = next(row for row in rows(gmail.card("home")) if "onClick" in row)
    return card_of(gmail.press(row["onClick"]))


def order(user, operation, **data):
    state = Signer.of(SECRET).sign(user.id, Order(operation, data))
    return {"action": {"parameters": [{"key": "state", "value": state}]}}


def test_a_row_of_the_feed_leads_to_its_mail(gmail, world):
    stamped = world.send(CAROL, subject="Offer")
    record(hit(world.open_token(stamped)), hit(world.click_token(stamped), Kind.CLICK, after=120))

    card = opened(gmail)

    assert card["header"] == {"title": "Offer", "subtitle": "Clicked"}
    text = [row["text"] for row in rows(card)]
    assert text[0] == "<b>Clicked</b> \u00b7 1 open \u00b7 1 click"
    assert text[1] == "<b>Carol</b> \u00b7 Clicked"
    assert text[2] == "A"
    assert text[3].startswith("<b>Clicked \u201cA\u201d</b> \u00b7 Clicked in a browser")


def test_a_mail_whose_send_nobody_confirmed_says_what_waits(gmail, world):
    stamped = world.stamp(CAROL)

    card = card_of(gmail.press(order(world.alice, "mail", stamp=stamped.id)))

    assert card["header"]["subtitle"] == "Send not confirmed"
    assert "waits to be judged" in rows(card)[0]["bottomLabel"]


def test_many_recipients_are_counted_beyond_twenty(gmail, world):
    stamped = world.send(*(f"p{number}@x.test" for number in range(33)))

    card = card_of(gmail.press(order(world.alice, "mail", stamp=stamped.id)))

    assert "And 13 more." in [row["text"] for row in rows(card)]


@pytest.mark.req("R30")
def test_tracking_is_stopped_by_a_press(gmail, world):
    stamped = world.send(CAROL)
    record(hit(world.open_token(stamped)))

    answer = gmail.press(buttons(opened(gmail))["Stop tracking"])

    assert answer["stateChanged"] is True
    assert Stamp.get_by_id(stamped.id).state == "stopped"
    assert "Stop tracking" not in buttons(card_of(answer))
    assert record(hit(world.open_token(stamped), after=600)) == 0


@pytest.mark.req("R41")
def test_nobody_sees_or_stops_a_foreign_mail(gmail, world):
    stamped = world.send(LEO)
    Stamp.update(user_id=world.users["bob"].id).execute()
    EmailMessage.update(user_id=world.users["bob"].id, visibility="private").execute()

    for operation in ("mail", "stop"):
        answer = gmail.press(order(world.alice, operation, stamp=stamped.id))

        told = answer["renderActions"]["action"]["notification"]["text"]
        assert told == "That is no longer there."
    assert Stamp.get_by_id(stamped.id).state != "stopped"
