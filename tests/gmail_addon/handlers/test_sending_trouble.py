"""The button "Send tracked" where Gmail does not do as it is asked: what is said is what is so."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.mail.mime import read_mail
from backend.models import tracked_sends
from backend.models.tracked_sends import PATIENCE
from backend.tracking.stamping import MAX_RECIPIENTS
from gmail_addon.deployment import SENDING
from gmail_addon.handlers.sending import FINDING
from tests.gmail_addon import gate as gates
from tests.gmail_addon.calling import buttons, card_of
from tests.gmail_addon.mailbox import TOKENS, running
from tests.gmail_addon.writing import ask_to_send, draft_of, latest, notice, send, tracked
from tests.world import CAROL


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory):
    with running(tmp_path_factory.mktemp("mailbox")) as found:
        yield found


@pytest.fixture(scope="module")
def gate(mailbox):
    with gates.before(mailbox.endpoint) as found:
        yield found


@pytest.fixture(scope="module")
def endpoint(gate):
    return gate.url


@pytest.fixture(scope="module")
def settings(settings):
    return settings.model_copy(update={"gmail_send_tracked": True})


@pytest.fixture
def gmail(gmail):
    gmail.oauth_token = TOKENS[gmail.email]
    gmail.recipients = [CAROL]
    gmail.scopes = [*gmail.scopes, SENDING]
    return gmail


@pytest.mark.parametrize(
    ("why", "verb", "piece", "status", "told"),
    [
        (
            "away as it is asked for the drafts",
            "GET",
            "/drafts",
            503,
            "does not answer as it should",
        ),
        ("away as the draft is changed", "PUT", "/drafts/", 503, "does not answer as it should"),
        ("no draft that Gmail takes", "PUT", "/drafts/", 400, "did not take this mail"),
        ("no mail that Gmail sends", "POST", "/drafts/send", 400, "did not take this mail"),
    ],
)
def test_what_gmail_has_surely_not_sent_is_said_to_be_unsent_and_can_be_sent_at_once(
    gmail, gate, mailbox, why, verb, piece, status, told
):
    card, picture = tracked(gmail)
    draft_id = mailbox.draft(draft_of(picture))
    gate.refuse(verb, piece, status)

    assert told in notice(send(gmail, card)), why
    assert mailbox.has(draft_id)

    assert notice(send(gmail, card)) == "The mail is sent", why
    assert not mailbox.has(draft_id)


def test_what_may_have_been_sent_is_said_to_be_unknown_and_is_known_when_asked_again(
    gmail, gate, mailbox
):
    card, picture = tracked(gmail)
    mailbox.draft(draft_of(picture))
    before = len(mailbox.sent())
    gate.refuse("POST", "/drafts/send", 503, is_late=True)

    assert "nobody knows yet" in notice(send(gmail, card))
    assert notice(send(gmail, card)) == "The mail is sent"

    assert len(mailbox.sent()) == before + 1
    assert latest().state == "sent"


def test_what_was_not_sent_after_all_is_sent_when_asked_again(gmail, gate, mailbox, time_machine):
    card, picture = tracked(gmail)
    draft_id = mailbox.draft(draft_of(picture))
    gate.refuse("POST", "/drafts/send", 503)
    assert "nobody knows yet" in notice(send(gmail, card))
    assert "is being sent" in notice(send(gmail, card))

    time_machine.move_to(clock.now() + PATIENCE + timedelta(seconds=1))

    assert notice(send(gmail, card)) == "The mail is sent"
    assert not mailbox.has(draft_id)
    assert read_mail(mailbox.sent()[0]).html.count("/o/") == 1


def test_who_may_not_send_after_all_is_asked_and_then_sends(gmail, gate, mailbox):
    card, picture = tracked(gmail)
    draft_id = mailbox.draft(draft_of(picture))
    press = buttons(card_of(ask_to_send(gmail, card)))["Send now"]
    gate.refuse("POST", "/drafts/send", 403)

    assert gmail.press(press)["requesting_google_scopes"]["scopes"] == [SENDING]
    assert notice(gmail.press(press)) == "The mail is sent"
    assert not mailbox.has(draft_id)


def test_a_draft_that_is_gone_before_it_is_sent_was_not_sent_by_us(gmail, gate, mailbox):
    card, picture = tracked(gmail)
    mailbox.draft(draft_of(picture))
    gate.refuse("POST", "/drafts/send", 404)

    assert notice(send(gmail, card)) == "That is no longer there."
    assert tracked_sends.state_of(latest().id) == ""
    assert latest().sent_at is None


def test_a_mail_that_is_sent_is_said_to_be_though_it_cannot_be_noted(gmail, gate, mailbox):
    card, picture = tracked(gmail)
    draft_id = mailbox.draft(draft_of(picture))

    def lose(path):
        if path.endswith("/send"):
            with db.connection():
                db.execute("ALTER TABLE tracked_send RENAME TO away")

    gate.before = lose
    try:
        answer = send(gmail, card)
    finally:
        gate.before = lambda _path: None
        db.execute("ALTER TABLE away RENAME TO tracked_send")

    assert "Do not press Send there" in str(card_of(answer))
    assert not mailbox.has(draft_id)
    assert notice(send(gmail, card)) == "The mail is sent"
    assert latest().state == "sent"


def test_gmail_is_answered_in_time_however_slow_its_drafts_are(gmail, gate, mailbox, time_machine):
    card, picture = tracked(gmail)
    mailbox.draft(draft_of(picture))
    for number in range(4):
        mailbox.draft(draft_of(f"<p>another {number}</p>"))
    asked = []

    def slow(path):
        asked.append(path)
        time_machine.move_to(clock.now() + FINDING * 0.7)

    gate.before = slow
    try:
        assert "does not answer now" in notice(send(gmail, card))
    finally:
        gate.before = lambda _path: None
    assert len(asked) == 2  # the list, and one of the drafts


def test_a_draft_to_more_people_than_are_taken_is_not_sent_and_says_why(gmail, mailbox):
    card, picture = tracked(gmail)
    many = ", ".join(f"p{number}@else.test" for number in range(MAX_RECIPIENTS + 1))
    draft_id = mailbox.draft(draft_of(picture, many))

    assert notice(send(gmail, card)) == "At most 500 recipients are taken; split the mail."
    assert mailbox.has(draft_id)
    assert tracked_sends.state_of(latest().id) == ""


def test_who_thinks_better_of_it_gets_the_draft_s_card_back(gmail, mailbox):
    card, picture = tracked(gmail)
    draft_id = mailbox.draft(draft_of(picture))

    back = card_of(gmail.press(buttons(card_of(ask_to_send(gmail, card)))["Not now"]))

    assert (back["name"], back["header"]) == (card["name"], card["header"])
    assert set(buttons(back)) == set(buttons(card))
    assert mailbox.has(draft_id)
