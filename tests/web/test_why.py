"""The page that says why a mail was left out."""

import pytest

from backend.capture.messages import note_decisions
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import Taking
from tests.screens import signed_in
from tests.web.browsing import browser_of

PAGE = "/console/mailboxes/why"


@pytest.fixture(scope="module")
def database_url():
    return ""


def test_why_is_answered_and_counted(app, client, world):
    Taking()(mailbox_of(world.alice), letter("no-reply@shop.test"))
    alice = browser_of(app, world.alice)

    assert "automated mail" in alice.get(f"{PAGE}?q=p1").text
    assert "None of your mailboxes" in alice.get(f"{PAGE}?q=%00nothing").text
    assert "1 mail" in alice.get(PAGE).text


@pytest.mark.parametrize(
    ("why", "rule", "said"),
    [
        ("a rule of mail", "spam", "in the spam folder"),
        ("a rule of meetings", "retention", "longer ago than meetings are kept"),
        ("a rule that has no words yet", "moonphase", "<code>moonphase</code>"),
    ],
)
def test_each_rule_is_said_in_its_words(app, client, world, why, rule, said):
    note_decisions(mailbox_of(world.alice), [("p1", rule, "")])

    assert said in browser_of(app, world.alice).get(f"{PAGE}?q=p1").text, why


def test_every_look_can_be_used(site, page, world, eyes, console_errors):
    signed_in(page, site, world.alice)
    page.goto(f"{site}{PAGE}?q=nothing")

    assert eyes.faults(page, "why", (320, 1280)) == []
    assert console_errors == []
