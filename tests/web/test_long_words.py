"""Words without an end, right-to-left marks, emoji: no page of a rep's gets out of shape."""

from datetime import timedelta
from email.headerregistry import Address
from html import escape

import pytest
from playwright.sync_api import expect

from backend import clock
from backend.models.access import BY_SHELL, Scope, issue_token, name_session, open_session_of
from backend.models.mail import EmailMessage
from backend.tracking.facts import Kind
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import OURS, Taking
from tests.world import CAROL, CHROME, NOON, hit, record

LONG = "W" * 10_000
# Turns what follows right to left until its line ends, unless the page keeps it apart.
TURNED = "\u202eabc \u05d0\u05d1\u05d2 \U0001f469\u200d\U0001f469\u200d\U0001f467"


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def names(world):
    """Everything others write is long or turned; the ids of what it stands on."""
    carol = world.people["carol"]
    carol.name, carol.company = f"{TURNED}{LONG[:180]}", LONG[:200]
    carol.custom = {LONG[:90]: LONG}
    carol.save()
    sent_at = clock.now() - timedelta(hours=2)
    link = f'<a href="https://example.com/?{LONG[:1900]}">{escape(TURNED + LONG)}</a>'
    mail = world.send(CAROL, at=sent_at, subject=f"{TURNED} {LONG}", html=f"<p>{link}</p>")
    after = (sent_at - NOON).total_seconds()
    record(
        hit(world.open_token(mail), after=after + 300, user_agent=f"Thunderbird/128.0 {LONG}"),
        hit(world.click_token(mail), Kind.CLICK, after=after + 900, user_agent=CHROME + LONG),
    )
    sender = str(Address(f"{TURNED} {LONG[:300]}", addr_spec=CAROL))
    Taking()(mailbox_of(world.alice), letter(sender, OURS, f"{TURNED} {LONG[:900]}"))
    issue_token(world.alice, Scope.READ, LONG[:100])
    name_session(open_session_of(world.alice, BY_SHELL), LONG)
    message = EmailMessage.get(EmailMessage.direction == "received")
    return {"mail": mail.id, "carol": carol.id, "message": message.id}


PAGES = (
    "feed?include_automatic=true",
    "sent",
    "mail/{mail}",
    "messages/{message}",
    "people",
    "people/{carol}",
    "people/{carol}/edit",
    "people/{carol}/merge",
    "search?q=wwww",
    "preferences",
)


def test_nothing_is_too_long_for_a_phone(site, rep, names):
    rep.set_viewport_size({"width": 320, "height": 700})
    too_wide = []
    for page in PAGES:
        rep.goto(f"{site}/console/{page.format(**names)}")
        expect(rep.get_by_role("main")).to_contain_text("WWWW")
        if page.startswith(("feed", "mail")):  # their rows come a moment later
            expect(rep.locator("li.engagement").first).to_be_visible()
        for why in rep.locator("li.engagement summary").all():
            why.click()
        if rep.evaluate("document.documentElement.scrollWidth") > 320:
            too_wide.append(page)

    assert too_wide == []


def test_a_turned_word_turns_nothing_beside_it(site, rep, names):
    for page, row in (
        ("people", "main li.row"),
        ("sent", "main li.row"),
        ("feed", "li.engagement"),
    ):
        rep.goto(f"{site}/console/{page}")
        expect(rep.locator(row).first).to_be_visible()
        loose = rep.evaluate(
            """() => {
                const texts = document.createTreeWalker(document.querySelector("main"), 4);
                const found = [];
                while (texts.nextNode()) {
                    const it = texts.currentNode, holder = it.parentElement;
                    if (it.data.includes("\\u202e") && !holder.closest("bdi, option, .hidden"))
                        found.push(holder.outerHTML.slice(0, 120));
                }
                return found;
            }"""
        )
        assert loose == [], page
