"""The settings card."""

from backend.models.org import User
from backend.models.preferences import tracking_default
from tests.gmail_addon.calling import buttons, card_of, switch


def test_it_says_whose_account_this_is_and_how_this_gmail_is_set_up(gmail):
    card = str(gmail.card("settings"))

    assert "Signed in as alice@ours.test" in card
    assert "The relay is not set up" in card
    assert "\u201cSend tracked\u201d is off" in card


def test_a_default_is_kept(gmail, world):
    card = card_of(gmail.turn(gmail.card("settings"), "default_opens", is_on=True))

    assert switch(card, "default_opens")["selected"] is True
    assert tracking_default(User.get_by_id(world.alice.id)) == (True, False)


def test_an_account_that_is_unlinked_is_asked_for_again(gmail):
    answer = gmail.press(buttons(gmail.card("settings"))["Unlink this Google account"])

    assert answer["renderActions"]["action"]["navigations"][0] == {"popToRoot": True}
    assert "custom_authorization_prompt" in gmail.answer("home")
