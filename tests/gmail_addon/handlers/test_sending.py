"""The button "Send tracked": the draft in Gmail (`emulate`) is stamped and leaves once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from backend import clock, db
from backend.mail.mime import read_mail
from backend.models import tracked_sends
from backend.models.mail import Participant, SelfView, Stamp, TrackedLink
from backend.models.tracked_sends import PATIENCE
from gmail_addon.deployment import SENDING
from tests.gmail_addon.calling import buttons, card_of, inserted, switches
from tests.gmail_addon.mailbox import TOKENS, running
from tests.gmail_addon.writing import ask_to_send, draft_of, latest, notice, send, tracked
from tests.world import CAROL, DANA, LEO, data_folder


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory):
    with running(tmp_path_factory.mktemp("mailbox")) as found:
        yield found


@pytest.fixture(scope="module")
def endpoint(mailbox):
    return mailbox.endpoint


@pytest.fixture(scope="module")
def settings(settings):
    return settings.model_copy(update={"gmail_send_tracked": True})


@pytest.fixture
def gmail(gmail):
    gmail.oauth_token = TOKENS[gmail.email]
    gmail.recipients = [CAROL]
    gmail.scopes = [*gmail.scopes, SENDING]
    return gmail


@pytest.mark.req("R2", "R9")
def test_the_whole_draft_is_stamped_and_sent(gmail, mailbox, world):
    card, picture = tracked(gmail)
    draft_id = mailbox.draft(draft_of(picture, f"{CAROL}, Leo <{LEO}>"))

    answer = send(gmail, card)

    assert notice(answer) == "The mail is sent"
    assert "Do not press Send there" in str(card_of(answer))
    assert not mailbox.has(draft_id)
    mail = read_mail(mailbox.sent()[0])
    link = TrackedLink.get(TrackedLink.url == "https://example.com/a")
    assert f'href="https://track.ours.test/c/{link.token}"' in mail.html
    assert mail.html.count("/o/") == 1
    assert "Gr\u00fc\u00dfe" in mail.html
    row = latest()
    assert (row.state, row.sent_at_source, row.channel) == ("sent", "sender", "gmail")
    people = Participant.select().where(Participant.message_id == row.message_id)
    assert {each.address for each in people} == {"alice@ours.test", CAROL, LEO}


@pytest.mark.req("R23")
def test_the_sent_mail_is_known_again_and_looking_at_it_is_the_sender_s_own(gmail, mailbox, world):
    card, picture = tracked(gmail)
    mailbox.draft(draft_of(picture))
    send(gmail, card)
    gmail.opened = {"messageId": mailbox.sent_ids()[0], "accessToken": "of this mail only"}

    history = gmail.card("message")

    assert (history["name"], history["header"]["title"]) == ("mail", "Offer")
    assert SelfView.select().where(SelfView.stamp_id == latest().id).count() == 1


def test_where_only_the_button_tells_the_time_of_sending_the_card_says_so(gmail):
    card, _ = tracked(gmail)

    assert "Connect your mailbox" in str(card)
    assert "If you press Gmail\u2019s own Send, nobody tells Telltale" in str(card)
    assert "Gmail\u2019s own Send leaves them as they are" in str(card)


def test_what_happens_to_the_open_window_is_said_before_anything_does(gmail, mailbox):
    card, picture = tracked(gmail)
    draft_id = mailbox.draft(draft_of(picture))

    told = str(ask_to_send(gmail, card))

    assert "the mail goes out twice" in told
    assert "Undo and Schedule do not work" in told
    assert mailbox.has(draft_id)


def test_asking_again_sends_nothing_more(gmail, mailbox):
    card, picture = tracked(gmail)
    mailbox.draft(draft_of(picture))
    send(gmail, card)
    before = len(mailbox.sent())
    left_open = mailbox.draft(draft_of(picture))  # the open window saved its draft once more

    answer = send(gmail, card)

    assert notice(answer) == "The mail is sent"
    assert len(mailbox.sent()) == before
    assert mailbox.has(left_open)


def test_an_older_mail_that_the_draft_quotes_stays_a_mail_of_its_own(gmail, mailbox):
    _, older = tracked(gmail)
    card, picture = tracked(gmail)
    before = Stamp.select().count()
    mailbox.draft(draft_of(f'{picture}<div class="gmail_quote">{older}</div>'))

    assert notice(send(gmail, card)) == "The mail is sent"

    assert Stamp.select().count() == before


def test_two_presses_at_once_send_once(gmail, mailbox, world):
    card, picture = tracked(gmail)
    mailbox.draft(draft_of(picture))
    press = buttons(card_of(ask_to_send(gmail, card)))["Send now"]
    before = len(mailbox.sent())

    with ThreadPoolExecutor(4) as pool:
        told = [notice(each) for each in pool.map(lambda _: gmail.press(press), range(4))]

    assert len(mailbox.sent()) == before + 1
    assert "The mail is sent" in told


def test_after_a_crash_between_stamping_and_sending_it_is_sent_later(gmail, mailbox, time_machine):
    card, picture = tracked(gmail)
    draft_id = mailbox.draft(draft_of(picture))
    tracked_sends.claim(latest().org_id, latest().id)
    assert "is being sent" in notice(send(gmail, card))
    assert mailbox.has(draft_id)

    time_machine.move_to(clock.now() + PATIENCE + timedelta(seconds=1))

    assert notice(send(gmail, card)) == "The mail is sent"
    assert not mailbox.has(draft_id)


def test_after_a_crash_behind_sending_it_is_known_as_sent(gmail):
    card, _ = tracked(gmail)
    tracked_sends.claim(latest().org_id, latest().id)  # and Gmail has no draft any more

    assert notice(send(gmail, card)) == "The mail is sent"
    assert latest().state == "sent"


def test_a_draft_gmail_has_not_saved_yet_is_asked_for_later(gmail, mailbox):
    card, _ = tracked(gmail)
    mailbox.draft(draft_of("<p>another draft</p>"))
    before = len(mailbox.sent())

    assert "every few seconds" in notice(send(gmail, card))
    assert (len(mailbox.sent()), latest().state) == (before, "armed")


@pytest.mark.req("R74")
def test_a_draft_that_must_not_be_measured_is_not_sent(gmail, mailbox):
    card, picture = tracked(gmail)
    draft_id = mailbox.draft(draft_of(picture, f"{CAROL}, {DANA}"))

    assert "stays untracked" in notice(send(gmail, card))
    assert mailbox.has(draft_id)
    assert tracked_sends.state_of(latest().id) == ""


def test_a_card_opened_twice_leaves_one_mail_with_one_stamp(gmail, mailbox):
    _, first = tracked(gmail)
    card, second = tracked(gmail)
    mailbox.draft(draft_of(first + second))

    send(gmail, card)

    mail = read_mail(mailbox.sent()[0])
    assert mail.html.count("/o/") == 1
    assert Stamp.select().count() == 1


@pytest.mark.parametrize("scopes", [[], ["https://www.googleapis.com/auth/userinfo.email"]])
def test_without_the_permission_google_is_asked_for_it(gmail, scopes):
    card, _ = tracked(gmail)
    press = buttons(card_of(ask_to_send(gmail, card)))["Send now"]
    gmail.scopes = scopes

    assert gmail.press(press)["requesting_google_scopes"]["scopes"] == [SENDING]


@pytest.mark.parametrize("scope", ["gmail.compose", "gmail.modify"])
def test_with_either_permission_it_is_sent_and_no_token_is_kept(gmail, mailbox, settings, scope):
    card, picture = tracked(gmail)
    mailbox.draft(draft_of(picture))
    gmail.scopes = [f"https://www.googleapis.com/auth/{scope}"]

    assert notice(send(gmail, card)) == "The mail is sent"

    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    written = b"".join(path.read_bytes() for path in data_folder(settings).glob("*.db*"))
    assert latest().id.encode() in written
    assert gmail.oauth_token.encode() not in written


def test_a_draft_with_nothing_but_a_tracked_link_is_found_and_sent(gmail, mailbox):
    card = gmail.card("compose")
    gmail.inputs = {"url": "https://example.com/b", "text": "B"}
    answer = gmail.press(buttons(card)["Insert at the cursor"])
    gmail.inputs = {}
    mailbox.draft(draft_of(inserted(answer)[1]))

    assert notice(send(gmail, card_of(answer))) == "The mail is sent"

    mail = read_mail(mailbox.sent()[0])
    urls = {row.url: row.token for row in TrackedLink.select()}
    assert set(urls) == {"https://example.com/a", "https://example.com/b"}
    assert all(f"/c/{token}" in mail.html for token in urls.values())
    assert "/o/" not in mail.html


def test_links_can_be_switched_on_where_send_tracked_is(gmail):
    assert [each["name"] for each in switches(gmail.card("compose"))] == ["opens", "links"]
