"""The homepage card: the Feed, its filters, its pages, what is new."""

from datetime import timedelta

import pytest

from backend.insights.feed import MANY
from backend.tracking.facts import Kind
from tests.gmail_addon.calling import buttons, card_of, rows, widgets
from tests.world import APPLE_MPP, CAROL, LEO, NOON, hit, record

NASTY = '<b>&"\'</b><a href="https://evil.test">x</a> \u202e {0} %s'


@pytest.fixture(autouse=True)
def later(time_machine):
    time_machine.move_to(NOON + timedelta(hours=2))


def chips(card):
    (found,) = (each["chipList"]["chips"] for each in widgets(card) if "chipList" in each)
    return {chip["label"]: chip for chip in found}


def told(card):
    return [row["text"] for row in rows(card) if "topLabel" in row]


@pytest.mark.req("R37", "R39")
def test_the_newest_stand_first_under_their_day(gmail, world):
    stamped = world.send(CAROL, subject="Offer")
    record(hit(world.open_token(stamped)), hit(world.click_token(stamped), Kind.CLICK, after=120))

    card = gmail.card("home")

    assert told(card) == [
        "<b>Clicked \u201cA\u201d</b> \u00b7 Offer",
        "<b>Likely opened</b> \u00b7 Offer",
    ]
    assert rows(card)[1]["topLabel"] == "New \u00b7 Carol"
    assert "<b>Today</b>" in [section.get("header") for section in card["sections"]]
    assert card["header"] == {"title": "Feed", "subtitle": "As of 15:00 \u00b7 2 new"}


def test_mail_that_waits_for_its_send_to_be_confirmed_is_told(gmail, world):
    record(hit(world.open_token(world.stamp(CAROL))))

    row = next(row for row in rows(gmail.card("home")) if "1 mail waits" in row["text"])

    assert "Nobody has told Telltale" in row["bottomLabel"]


def test_an_empty_feed_says_what_will_appear(gmail):
    assert "appear here" in rows(gmail.card("home"))[-1]["text"]


def test_words_are_in_the_language_of_gmail_unless_the_user_chose_another(gmail, world):
    gmail.locale = "de-DE"
    assert gmail.card("home")["header"]["subtitle"] == "Stand 15:00"

    world.alice.preferences = {"language": "en"}
    world.alice.save()

    assert gmail.card("home")["header"]["subtitle"] == "As of 15:00"


def test_a_filter_shows_its_kind_only_and_says_which_is_chosen(gmail, world):
    stamped = world.send(CAROL)
    record(hit(world.open_token(stamped)), hit(world.click_token(stamped), Kind.CLICK, after=120))

    card = card_of(gmail.press(chips(gmail.card("home"))["Clicks"]["onClick"]))

    assert len(told(card)) == 1
    assert [name for name, chip in chips(card).items() if chip.get("disabled")] == ["Clicks"]


def test_what_machines_loaded_is_shown_when_asked_for(gmail, world):
    stamped = world.send(CAROL)
    record(hit(world.open_token(stamped), user_agent=APPLE_MPP))
    card = gmail.card("home")
    assert told(card) == []

    card = card_of(gmail.turn(card, "automatic", is_on=True))
    assert [text.partition(" \u00b7 ")[0] for text in told(card)] == ["<b>Loaded automatically</b>"]

    assert told(card_of(gmail.turn(card, "automatic", is_on=False))) == []


def test_the_feed_is_paged_by_twenty(gmail, world):
    for number in range(45):
        stamped = world.send(CAROL, subject=f"Mail {number}")
        record(hit(world.open_token(stamped), after=60 + number))
    pages = [gmail.card("home")]
    while "Older" in buttons(pages[-1]):
        pages.append(card_of(gmail.press(buttons(pages[-1])["Older"])))

    assert [len(told(page)) for page in pages] == [20, 20, 5]
    assert pages[0]["header"]["subtitle"] == "As of 15:00 \u00b7 45 new"
    subjects = [text.rpartition("Mail ")[2] for page in pages for text in told(page)]
    assert subjects == [str(number) for number in range(44, -1, -1)]
    newest = card_of(gmail.press(buttons(pages[-1])["Newest"]))
    assert told(newest) == told(pages[0])


def test_what_came_since_the_last_look_is_marked_as_new(gmail, world, time_machine):
    stamped = world.send(CAROL)
    record(hit(world.open_token(stamped)))
    gmail.card("home")
    time_machine.move_to(NOON + timedelta(hours=3))
    record(hit(world.click_token(stamped), Kind.CLICK, after=2.5 * 3600))

    card = gmail.card("home")
    assert [row["topLabel"] for row in rows(card) if "topLabel" in row] == [
        "New \u00b7 Carol",
        "Carol",
    ]
    assert card["header"]["subtitle"] == "As of 16:00 \u00b7 1 new"

    card = card_of(gmail.press(buttons(card)["Refresh"]))
    assert [row["topLabel"] for row in rows(card) if "topLabel" in row] == ["Carol", "Carol"]


def test_of_very_many_new_ones_only_that_is_said(gmail, world):
    token = world.open_token(world.send(CAROL))
    record(*(hit(token, after=61 * number) for number in range(MANY + 5)))

    assert gmail.card("home")["header"]["subtitle"] == "As of 15:00 \u00b7 99+ new"


def test_a_stranger_s_words_stay_text(gmail, world):
    stamped = world.send(CAROL, LEO, subject=NASTY, html=f'<a href="https://x.test/">{NASTY}</a>')
    record(hit(world.click_token(stamped), Kind.CLICK))

    gmail.card("home")  # the contract's lint fails on what is not escaped


def test_a_shared_picture_names_nobody(gmail, world):
    stamped = world.send(CAROL, LEO)
    record(hit(world.open_token(stamped)))

    assert rows(gmail.card("home"))[1]["topLabel"].endswith("One of 2 recipients")
