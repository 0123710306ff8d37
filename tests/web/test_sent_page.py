"""The sent list and a mail's page in a browser: found, looked into, its tracking stopped."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from backend import clock
from backend.tracking.facts import Kind
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import OURS, Report, Taking
from tests.world import CAROL, DANA, LEO, NOON, hit, record

SENT = "/console/sent"
LINKS = "".join(f'<a href="https://example.com/{name}">Part {name}</a>' for name in "ab")


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def linen(world):
    """A mail to two: opened, clicked and answered by carol, swept by a machine, bounced at leo."""
    sent_at = clock.now() - timedelta(hours=3)
    stamped = world.send(CAROL, LEO, at=sent_at, per_recipient=True, subject="Linen", html=LINKS)
    after = (sent_at - NOON).total_seconds()
    record(
        hit(world.open_token(stamped, CAROL), after=after + 3600),
        hit(world.click_token(stamped), Kind.CLICK, after=after + 3700),
        hit(
            world.click_token(stamped, 2),  # the first copy's second link
            Kind.CLICK,
            after=after + 3800,
            user_agent="python-requests/2.31",
            reader="two",
        ),
    )
    mailbox, take = mailbox_of(world.alice), Taking()
    at = sent_at + timedelta(hours=2)
    to, html = f"{CAROL}, {LEO}", stamped.copies[0].html
    sent_copy = letter(OURS, to, message_id="<sent-1@provider.test>", html=html)
    take(mailbox, sent_copy, at=sent_at, is_sent=True)
    take(mailbox, letter(CAROL, headers={"In-Reply-To": "<sent-1@provider.test>"}), at=at)
    take(mailbox, Report(LEO), at=at)
    return stamped


def test_a_mail_is_found_and_its_links_and_history_are_looked_into(site, rep, world, linen):
    world.send(CAROL, subject="Wool")
    rep.goto(site + SENT)
    rows = rep.locator("main .rows > li")
    expect(rows).to_have_count(2)
    rep.get_by_role("searchbox", name="Subject or recipient").fill("lin")
    rep.get_by_role("button", name="Search").click()
    expect(rows).to_have_count(1)
    rep.get_by_role("link", name="Linen").click()

    expect(rep.get_by_role("heading", name="Linen")).to_be_visible()
    links = rep.get_by_role("region", name="Links").get_by_role("listitem")
    expect(links.nth(0)).to_contain_text("100 % of 1 click")
    expect(links.nth(1)).to_contain_text("0 % of 1 click")
    expect(links.nth(1)).not_to_contain_text("automatic check")
    rep.get_by_role("link", name="Show automatic checks").click()
    expect(links.nth(1)).to_contain_text("1 automatic check")
    expect(rep.locator("li.engagement").first).to_be_visible()


def test_the_tracking_of_a_mail_is_stopped_and_nothing_more_is_noted(site, rep, world, linen):
    rep.goto(f"{site}/console/mail/{linen.id}")
    rep.get_by_text("Stop tracking this mail").click()
    rep.get_by_role("button", name="Stop tracking now").click()

    expect(rep.locator("main .badge").first).to_have_text("Tracking stopped")
    expect(rep.get_by_role("button", name="Stop tracking now")).not_to_be_attached()
    rep.get_by_role("link", name="Sent", exact=True).first.click()
    rep.get_by_label("State", exact=True).select_option("Tracking stopped")
    rep.get_by_role("button", name="Search").click()
    expect(rep.get_by_role("link", name="Linen")).to_be_visible()
    record(hit(world.open_token(linen, LEO), after=(clock.now() - NOON).total_seconds()))
    assert len(world.engagements(linen)) == 5


@pytest.mark.req("R10", "R66")
def test_the_list_tells_of_each_recipient_opens_clicks_an_answer_and_a_bounce(
    site, rep, world, linen
):
    world.send(DANA, at=clock.now(), subject="To Dana")
    rep.goto(site + SENT)
    dana, linens = rep.locator("main .rows > li").all()

    expect(dana).to_contain_text("Sent untracked")
    expect(dana).to_contain_text("Do Not Track is set for this person.")
    for said in ("1 open", "1 click", "replied", "bounced"):
        expect(linens.locator(".meta").first).to_contain_text(said)
    people = linens.locator(".people > li")
    expect(people.filter(has_text="Carol")).to_contain_text("Replied")
    expect(people.filter(has_text="Leo")).to_contain_text("Bounced for good")
    linens.get_by_role("link", name="Linen").click()
    expect(rep.get_by_role("region", name="Recipients")).to_contain_text("Bounced for good")
