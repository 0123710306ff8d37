"""The draft's card where the relay carries Gmail's mail: it puts in what the relay finds."""

import pytest

from backend.mail.mime_headers import read_headers
from backend.models.mail import Stamp, StampCopy
from backend.models.org import User
from backend.relay.stamper import Incoming, Stamper
from tests.gmail_addon.calling import buttons, card_of, inserted, switches
from tests.relay.letters import html_of, letter
from tests.world import CAROL, DANA, LEO, SECRET


@pytest.fixture(scope="module")
def settings(settings):
    return settings.model_copy(update={"gmail_relay": True})


@pytest.fixture
def gmail(gmail):
    gmail.recipients = [CAROL]
    return gmail


@pytest.fixture
def relayed(world):
    """What the relay makes of alice's mail with that body: HTML by recipient."""

    def made(body, *to):
        raw = letter(body, to=", ".join(to))
        mail = Incoming("alice@ours.test", to, raw, read_headers(raw, 0, len(raw)), "key")
        parcels = Stamper(world.host, SECRET).stamp(mail).parcels
        return {who: html_of(each.content) for each in parcels for who in each.recipients}

    return made


@pytest.mark.req("R2", "R12")
def test_the_draft_gets_the_marker_and_its_reader_the_pixel(gmail, relayed):
    card = gmail.card("compose")
    assert [each["name"] for each in switches(card)] == ["opens", "links"]

    answer = gmail.press(buttons(card)["Track this mail"])

    html = inserted(answer)[1]
    assert "/m/" in html
    assert "Connect your mailbox" not in str(answer)
    found = relayed(html, CAROL)[CAROL]
    assert f"/o/{StampCopy.get().pixel_token}" in found
    assert "/m/" not in found


@pytest.mark.req("R11")
def test_what_is_switched_off_again_is_stripped(gmail, relayed):
    answer = gmail.press(buttons(gmail.card("compose"))["Track this mail"])
    gmail.press(buttons(card_of(answer))["Switch tracking off"])

    found = relayed(inserted(answer)[1], CAROL)[CAROL]

    assert "track.ours.test" not in found
    assert Stamp.get().reason == "switched_off"


@pytest.mark.req("R74")
def test_with_a_copy_each_who_refused_does_not_keep_the_others_from_being_measured(
    gmail, world, relayed
):
    world.set_policy(relay_copies=True)
    gmail.recipients = [CAROL, DANA, LEO]

    answer = gmail.press(buttons(gmail.card("compose"))["Track this mail"])

    card = card_of(answer)
    assert card["header"]["subtitle"].startswith("Tracking is on")
    assert "a copy of their own, so it is known who opened" in str(card)
    found = relayed(inserted(answer)[1], CAROL, DANA, LEO)
    owners = {row.address: row.pixel_token for row in StampCopy.select()}
    assert {who: f"/o/{owners.get(who)}" in html for who, html in found.items()} == {
        CAROL: True,
        DANA: False,
        LEO: True,
    }
    assert "track.ours.test" not in found[DANA]
    assert Stamp.select().count() == 1


def test_without_a_recipient_yet_the_draft_is_known_later_all_the_same(gmail, world, relayed):
    world.set_policy(relay_copies=True)
    gmail.recipients = []
    answer = gmail.press(buttons(gmail.card("compose"))["Track this mail"])

    found = relayed(inserted(answer)[1], CAROL, LEO)

    assert len({html.partition("/o/")[2][:32] for html in found.values()}) == 2
    assert Stamp.select().count() == 1


def test_without_copies_one_who_refused_leaves_the_mail_untracked_and_it_says_so(gmail):
    gmail.recipients = [CAROL, DANA]

    answer = gmail.press(buttons(gmail.card("compose"))["Track this mail"])

    assert "hostAppAction" not in answer["renderActions"]
    assert card_of(answer)["header"]["subtitle"] == "This mail stays untracked"
    assert "Only the relay can give each a copy" in str(card_of(answer))


@pytest.mark.req("R33")
def test_a_link_put_in_by_hand_is_tracked_though_nothing_else_is_switched_on(gmail, world, relayed):
    User.update(preferences={"opens": False, "links": False}).execute()
    card = gmail.card("compose")
    gmail.inputs = {"url": "https://example.com/b", "text": "B"}

    place, html = inserted(gmail.press(buttons(card)["Insert at the cursor"]))

    assert place == "IN_PLACE_INSERT"
    found = relayed(html, CAROL)[CAROL]
    assert "https://example.com/b" not in found
    assert found.count("/c/") == 1
    assert "/m/" not in found
    assert "/o/" not in found
