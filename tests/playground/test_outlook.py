"""The playground's Outlook: Microsoft's own office.js, our real panel and handler, and SMTP."""

import json
import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from playwright.sync_api import expect

from backend import clock, db
from backend.insights import sent
from backend.insights.viewer import Viewer
from backend.models.access import Scope, issue_token
from backend.models.mail import Stamp, StampCopy
from backend.models.people import Suppression
from playground.inboxes import Inboxes
from tests.capture.letters import letter, mailbox_of, take
from tests.capture.meetings import take_meeting
from tests.holding import answered, gone_on, hold
from tests.playground.outlooks import (
    another_host,
    choice_told,
    keep,
    mail_of,
    open_window,
)
from tests.waiting import wait_until
from tests.world import CAROL, DANA, hit, record


@pytest.fixture(scope="module")
def database_url():
    return ""


def write(page, to, subject="Offer"):
    page.fill("#subject", subject)
    page.fill("#to", to)
    page.locator("#to").blur()


def send(page):
    page.click("#send")
    expect(page.locator("#reading")).to_be_visible()


def mails(world):
    return sent.page(Viewer(world.alice.id, world.alice.org_id), sent.SentQuery()).items


def arrived(settings, address):
    inboxes = Inboxes.of(settings)
    return message_from_bytes(inboxes.open(inboxes.mails(address)[0]), policy=policy.default)


def opened(world):
    sent = Stamp.select(Stamp.id).where(Stamp.sent_at.is_null(False))  # a draft has one, too
    copy = (
        StampCopy.select().where(StampCopy.stamp_id.in_(sent)).order_by(StampCopy.id.desc()).get()
    )
    sent_at = clock.now() - timedelta(minutes=5)
    db.execute("UPDATE stamp SET sent_at = %s WHERE id = %s", [sent_at, copy.stamp_id])
    record(hit(copy.pixel_token, received_at=sent_at + timedelta(minutes=2)))


@pytest.mark.req("R3")
def test_with_the_panel_closed_a_mail_is_stamped_when_it_is_sent(connected, url, world, settings):
    open_window(connected, url)
    expect(connected.locator("#note")).to_have_text("Tracking is on")
    write(connected, CAROL)

    send(connected)

    mail = arrived(settings, CAROL)
    html = mail.get_body(("html",)).get_content()
    (row,) = mails(world)
    assert html.count(f"{settings.tracking_url}/c/") == 3
    assert html.count(f"{settings.tracking_url}/o/") == 1
    assert mail["x-telltale-stamp"] == row["id"]
    assert (row["state"], row["sent_at_source"]) == ("sent", "provisional")


def test_the_window_itself_never_asks_the_api(connected, url):
    session = connected.context.new_cdp_session(connected)
    session.send("Network.enable")
    asked = []
    session.on("Network.requestWillBeSent", lambda event: asked.append(event))
    open_window(connected, url)
    connected.click("#pane")
    write(connected, CAROL)
    send(connected)

    ours = [event for event in asked if "/playground/outlook/" in json.dumps(event["initiator"])]
    assert any(event["request"]["url"].endswith("/playground/outlook/send") for event in ours)
    assert [event["request"]["url"] for event in ours if "/api/" in event["request"]["url"]] == []


@pytest.mark.req("R1", "R2")
def test_a_panel_is_connected_and_switches_tracking_on(outlook, url, world, settings):
    pane = open_window(outlook, url)
    outlook.click("#pane")
    pane.get_by_role("button", name="Connect").click()
    code = pane.locator(".code").inner_text()

    browser = outlook.context.new_page()
    browser.goto(f"{url}/pair#{code}")
    browser.get_by_role("button", name="Next").click()
    browser.get_by_role("button", name="Approve").click()
    expect(browser.get_by_role("heading", name="Outlook is connected")).to_be_visible()
    browser.close()
    for name in ("Opens", "Links"):
        with choice_told(outlook):
            pane.get_by_role("switch", name=name).check()
    write(outlook, CAROL)

    expect(pane.get_by_text("This mail will be tracked")).to_be_visible()
    expect(pane.get_by_role("heading", name="3 links")).to_be_visible()
    with choice_told(outlook):
        pane.get_by_role("switch", name=re.compile("Our price list")).uncheck()
    send(outlook)
    html = arrived(settings, CAROL).get_body(("html",)).get_content()
    assert html.count(f"{settings.tracking_url}/c/") == 2
    assert f'href="{url}/playground/page/price-list"' in html


def test_a_choice_is_written_while_our_server_still_says_what_would_be_measured(
    connected, url, settings
):
    pane = open_window(connected, url)
    connected.click("#pane")
    write(connected, CAROL)
    expect(pane.get_by_role("heading", name="3 links")).to_be_visible()
    hold(connected, "**/api/v1/stamps/preview")

    for name in ("Our price list", "Book a call"):
        with choice_told(connected):
            pane.get_by_role("switch", name=re.compile(name)).uncheck()
    send(connected)

    html = arrived(settings, CAROL).get_body(("html",)).get_content()
    assert html.count(f"{settings.tracking_url}/c/") == 1


def asked_for_tokens(page, pane):
    """The panel's question for its tokens, held back; it asks for a code first."""
    held = hold(page, "**/api/v1/pairing/poll", most=1)
    page.route(
        "**/api/v1/pairing/start",
        lambda route: route.fulfill(json=route.fetch().json() | {"interval": 0}),
    )
    pane.get_by_role("button", name="Connect").click()
    return held.take()


def tokens_of(world):
    return {
        "read_token": issue_token(world.alice, Scope.READ),
        "stamp_token": issue_token(world.alice, Scope.STAMP),
    }


def test_who_turned_to_another_mail_while_it_connected_is_connected_there(outlook, url, world):
    pane = open_window(outlook, url)
    outlook.click("#pane")
    question = asked_for_tokens(outlook, pane)

    outlook.click("#new")
    expect(pane.locator(".code")).to_be_visible()  # connecting is about no mail
    question.fulfill(json=tokens_of(world))

    expect(pane.get_by_role("switch", name="Opens")).to_be_visible()


def test_the_panel_sends_no_cookie_though_the_browser_has_one(connected, url):
    asked = []
    connected.on("request", lambda request: asked.append(request))
    pane = open_window(connected, url)
    connected.click("#pane")
    expect(pane.get_by_role("switch", name="Opens")).to_be_visible()
    for tab in ("Feed", "Person", "Settings"):
        pane.get_by_role("tab", name=tab).click()
    expect(pane.get_by_role("button", name="Disconnect")).to_be_visible()

    of_panel = [each for each in asked if "/api/v1/" in each.url and "taskpane" in each.frame.url]
    assert len(of_panel) > 4
    assert [each.url for each in of_panel if "cookie" in each.all_headers()] == []
    assert any("telltale_session" in each["name"] for each in connected.context.cookies())


def test_the_panel_says_in_words_what_is_on_and_when_tracking_ran_by_itself(connected, url):
    pane = open_window(connected, url)
    # The panel asks once; this draft's begin must have been told by then.
    wait_until(lambda: db.one("SELECT 1 FROM handler_run"), what="the handler's word")
    connected.click("#pane")
    switch = pane.locator(".toggle", has_text="Opens")
    expect(switch.locator(".state")).to_have_text("On")
    expect(switch.locator("svg.icon")).to_be_visible()
    expect(pane.get_by_text("Automatic tracking last ran")).to_be_visible()  # this draft was begun
    db.execute("DELETE FROM handler_run")

    pane.get_by_role("switch", name="Opens").uncheck()
    pane.get_by_role("switch", name="Links").uncheck()

    expect(switch.locator(".state")).to_have_text("Off")
    expect(connected.locator("#note")).to_have_text("Tracking is off for this mail.")
    pane.get_by_role("tab", name="Settings").click()
    expect(pane.get_by_text("Ask your admin to deploy the add-in")).to_be_visible()


@pytest.mark.req("R39")
def test_the_feed_tab_shows_the_open_with_its_reasons(connected, url, world):
    pane = open_window(connected, url)
    connected.click("#pane")
    write(connected, CAROL)
    send(connected)
    pane.get_by_role("tab", name="Feed").click()
    expect(pane.get_by_role("heading", name="Nothing here yet")).to_be_visible()

    opened(world)
    pane.locator("body").evaluate("dispatchEvent(new Event('online'))")  # it asks at once, and

    row = pane.locator(".days .engagement").first
    expect(row).to_contain_text("Carol")  # ... without having been opened again
    expect(pane.locator(".day > h2")).to_have_text(re.compile("Today|Yesterday"))
    row.locator("summary").click()
    expect(row.locator(".reasons li").first).to_be_visible()
    pane.get_by_role("button", name="Clicks").click()
    expect(pane.get_by_role("heading", name="Nothing fits")).to_be_visible()


def test_a_recipient_who_may_not_be_measured_is_named_and_left_alone(
    connected, url, world, settings
):
    pane = open_window(connected, url)
    connected.click("#pane")
    write(connected, f"{CAROL}, {DANA}")

    expect(pane.get_by_text("somebody it goes to may not be measured")).to_be_visible()
    people = pane.get_by_role("region", name="Recipients").get_by_role("listitem")
    expect(people.first).to_contain_text("Not in this mail")
    expect(people.last).to_contain_text("Left alone")
    for link in pane.get_by_role("switch", name="Track").all():
        expect(link).to_be_disabled()
        expect(link).not_to_be_checked()
    write(connected, DANA)
    expect(pane.get_by_text("This mail will not be tracked. Do Not Track")).to_be_visible()
    send(connected)

    html = arrived(settings, DANA).get_body(("html",)).get_content()
    assert settings.tracking_url not in html
    assert mails(world)[0]["reason"] == "do_not_track"
    pane.get_by_role("tab", name="Feed").click()
    pane.get_by_text("1 mail was sent untracked").click()
    expect(pane.get_by_text("Do Not Track is set for this person.")).to_be_visible()


REFUSALS = (
    (DANA, "Do Not Track is set for this person."),
    ("gone@example.com", "Mail to this address bounced for good."),
    ("stop@example.com", "This person does not want to be measured."),
    ("ann@left.test", "Your organisation leaves this domain out."),
)
LINKS = (
    '<a href="https://example.com/a" data-no-track>Kept</a>'
    '<a href="https://left-link.test/b">Left</a><a href="https://example.com/c">Tracked</a>'
)


@pytest.mark.req("R1", "R9")
def test_beside_each_recipient_and_link_that_is_left_alone_stands_why(
    connected, url, world, settings
):
    world.set_policy(left_domains=["left.test"], left_link_domains=["left-link.test"])
    for address, reason in (("gone", "hard_bounce"), ("stop", "stop_tracking")):
        Suppression.create(
            org_id=world.alice.org_id, address=f"{address}@example.com", reason=reason
        )
    pane = open_window(connected, url)
    connected.click("#pane")
    connected.locator("#body").evaluate(
        "(body, html) => { body.innerHTML = html; body.dispatchEvent(new Event('input')); }", LINKS
    )
    write(connected, ", ".join(address for address, _ in REFUSALS))

    people = pane.get_by_role("region", name="Recipients").get_by_role("listitem")
    expect(people).to_have_count(len(REFUSALS))
    for row, (address, why) in zip(people.all(), REFUSALS, strict=True):
        expect(row).to_contain_text(address)
        expect(row).to_contain_text(why)
    links = pane.get_by_role("region", name="Links").get_by_role("listitem")
    expect(links.filter(has_text="Left out, by its own mark or by your")).to_have_count(2)
    write(connected, CAROL)
    expect(pane.get_by_text("This mail will be tracked")).to_be_visible()
    send(connected)

    html = arrived(settings, CAROL).get_body(("html",)).get_content()
    assert html.count(f"{settings.tracking_url}/c/") == 1
    assert 'href="https://example.com/a"' in html
    assert 'href="https://left-link.test/b"' in html


def test_a_mail_that_came_in_shows_the_last_contact_with_its_sender(connected, url, world):
    world.send(CAROL, subject="Last week", at=clock.now() - timedelta(minutes=5))
    opened(world)
    own, strange = "alice@ours.test", "zoe@new.test"
    keep(connected, mail_of("An answer", CAROL, own), mail_of("A question", strange, own))
    pane = open_window(connected, url)
    connected.click("#pane")
    expect(pane.get_by_role("switch", name="Opens")).to_be_visible()

    connected.get_by_role("button", name="An answer").click()
    expect(pane.get_by_role("heading", name="Last contact")).to_be_visible()
    expect(pane.locator(".figures")).to_contain_text("1 of 1 measurable")
    expect(pane.locator(".engagement")).to_contain_text("Last week")
    pane.get_by_role("tab", name="Person").click()
    expect(pane.get_by_role("heading", name="Timeline")).to_be_visible()
    expect(pane.locator("#tab")).to_contain_text("Last week")

    pane.get_by_role("tab", name="Mail").click()
    connected.get_by_role("button", name="A question").click()
    expect(pane.get_by_role("heading", name="Not among your contacts")).to_be_visible()
    pane.get_by_role("button", name="Add this person").click()
    expect(pane.get_by_role("button", name="Add")).to_be_visible()


def test_a_mail_of_ones_own_is_known_by_its_mark_and_one_without_was_sent_untracked(
    connected, url, world
):
    sent = world.send(CAROL, subject="Last week", at=clock.now() - timedelta(minutes=5))
    keep(connected, mail_of("By phone", "alice@ours.test", CAROL),
         mail_of("As sales", "sales@ours.test", CAROL, sent.id))  # fmt: skip
    pane = open_window(connected, url)
    connected.click("#pane")
    expect(pane.get_by_role("switch", name="Opens")).to_be_visible()

    connected.get_by_role("button", name="By phone").click()
    expect(pane.get_by_role("heading", name="This mail was sent untracked")).to_be_visible()
    expect(pane.get_by_text("from a phone or another program")).to_be_visible()
    connected.get_by_role("button", name="As sales").click()
    expect(pane.get_by_role("heading", name="Last week")).to_be_visible()  # as if she were From
    expect(pane.locator(".figures")).to_contain_text("Last mail sent")
    wait_until(lambda: db.one("SELECT count(*) FROM self_view") == (1,), what="her look")


@pytest.mark.req("R23")
def test_a_sent_mail_shows_what_happened_and_looking_at_it_is_told(connected, url, world):
    pane = open_window(connected, url)
    connected.click("#pane")
    write(connected, CAROL, "First offer")
    send(connected)
    opened(world)
    connected.get_by_role("button", name="First offer").click()
    connected.get_by_role("button", name="First offer").click()

    expect(pane.get_by_role("heading", name="First offer")).to_be_visible()
    expect(pane.locator(".engagement")).to_have_count(1)
    expect(pane.get_by_role("heading", name="Last contact: Carol")).to_be_visible()
    wait_until(lambda: db.one("SELECT 1 FROM self_view"), what="her look")


def test_another_mail_shows_its_own_and_no_mail_shows_none(connected, url):
    pane = open_window(connected, url)
    connected.click("#pane")
    for subject in ("First offer", "Second offer"):
        write(connected, CAROL, subject)
        send(connected)
        expect(pane.get_by_role("heading", name=subject)).to_be_visible()
        if subject == "First offer":
            connected.click("#new")

    connected.get_by_role("button", name="First offer").click()
    expect(pane.get_by_role("heading", name="First offer")).to_be_visible()
    expect(pane.get_by_role("heading", name="Second offer")).to_have_count(0)

    connected.get_by_role("button", name="First offer").click()
    expect(pane.get_by_role("heading", name="No mail is open")).to_be_visible()


def turned_twice(page, pane, held, first, second):
    """Turn to one mail and to another; the first one's answer comes when the second's is shown."""
    asked = []
    for name in (first, second):
        page.get_by_role("button", name=name).click()
        expect(pane.locator(".skeleton").first).to_be_visible()
        asked.append(held.take())
    early, late = asked
    answered(page, late)
    expect(pane.get_by_role("heading", name=second.removeprefix("To "))).to_be_visible()
    answered(page, early)
    gone_on(pane)


def test_what_comes_late_for_one_mail_is_never_shown_beside_another(connected, url):
    pane = open_window(connected, url)
    connected.click("#pane")
    for subject in ("First offer", "Second offer"):
        write(connected, CAROL, subject)
        send(connected)
        if subject == "First offer":
            connected.click("#new")
    held = hold(connected, "**/api/v1/stamps/*", method="GET")  # not what asks about a draft

    turned_twice(connected, pane, held, "First offer", "Second offer")

    expect(pane.get_by_role("heading", name="Second offer")).to_be_visible()
    expect(pane.get_by_role("heading", name="First offer")).to_have_count(0)


def test_the_person_tab_shows_the_contact_and_adds_a_stranger(connected, url, world):
    take(mailbox_of(world.alice), letter(subject="A question"), days=1)
    world.people["carol"].company = "Harbour"
    world.people["carol"].save()
    pane = open_window(connected, url)
    connected.click("#pane")
    write(connected, f"{CAROL}, zoe@new.test")
    pane.get_by_role("tab", name="Person").click()
    expect(pane.get_by_role("heading", name="Carol")).to_be_visible()
    expect(pane.locator(".who-is .meta span")).to_have_text(["Contact", "Harbour"])
    question = pane.get_by_role("listitem").filter(has_text="A question")
    expect(question).to_contain_text("Received")
    expect(question).not_to_contain_text("without Telltale")

    pane.get_by_label("Whom").select_option("zoe@new.test")
    pane.get_by_label("Name").fill("Zoe")
    pane.get_by_role("button", name="Add").click()

    expect(pane.get_by_role("heading", name="Zoe", exact=True)).to_be_visible()


@pytest.mark.parametrize(("guests", "more"), [(4, None), (5, "and one more"), (12, "and 8 more")])
def test_the_person_tab_says_how_many_more_come_to_a_meeting(connected, url, world, guests, more):
    others = [f"guest{number}@new.test" for number in range(1, guests)]
    take_meeting(mailbox_of(world.alice), -1, "Harbour", people=(CAROL, *others))
    pane = open_window(connected, url)
    connected.click("#pane")
    write(connected, CAROL)
    pane.get_by_role("tab", name="Person").click()

    told = pane.get_by_role("listitem").filter(has_text="Harbour").locator(".hint")

    expect(told).to_contain_text("Alice (organizer) · Carol (accepted)")
    people = told.inner_text().split(" · ")
    assert people[5:] == ([more] if more else [])


def test_the_person_tab_beside_a_draft_follows_its_recipients(connected, url, world):
    pane = open_window(connected, url)
    connected.click("#pane")
    pane.get_by_role("tab", name="Person").click()
    expect(pane.get_by_role("heading", name="Nobody to show")).to_be_visible()

    write(connected, "zoe@new.test")
    pane.get_by_label("Name").fill("Zoe who is being typed")
    write(connected, f"{CAROL}, zoe@new.test")

    expect(pane.get_by_label("Whom")).to_have_value("1")
    expect(pane.get_by_label("Name")).to_have_value("Zoe who is being typed")
    write(connected, CAROL)
    expect(pane.get_by_role("heading", name="Carol")).to_be_visible()
    expect(pane.get_by_label("Whom")).to_be_hidden()
    write(connected, "")
    expect(pane.get_by_role("heading", name="Nobody to show")).to_be_visible()


def test_the_person_tab_follows_the_mail_and_shows_nobody_elses_answer(connected, url, world):
    pane = open_window(connected, url)
    for to, subject in ((CAROL, "To Carol"), (DANA, "To Dana")):
        write(connected, to, subject)
        send(connected)
        connected.click("#new")
    connected.click("#pane")
    expect(pane.get_by_role("switch", name="Opens")).to_be_visible()
    connected.get_by_role("button", name="To Carol").click()
    pane.get_by_role("tab", name="Person").click()
    expect(pane.get_by_role("heading", name="Carol")).to_be_visible()
    connected.get_by_role("button", name="To Dana").click()
    expect(pane.get_by_role("heading", name="Dana")).to_be_visible()
    held = hold(connected, "**/api/v1/people/lookup*")

    turned_twice(connected, pane, held, "To Carol", "To Dana")

    expect(pane.get_by_role("heading", name="Dana")).to_be_visible()
    expect(pane.get_by_role("heading", name="Carol")).to_have_count(0)
    connected.get_by_role("button", name="To Dana").click()
    expect(pane.get_by_role("heading", name="Nobody to show")).to_be_visible()


def test_a_token_that_is_over_leads_back_to_connecting(connected, url, world):
    pane = open_window(connected, url)
    connected.click("#pane")
    expect(pane.get_by_role("switch", name="Opens")).to_be_visible()
    db.execute("UPDATE api_token SET revoked_at = created_at WHERE scope = 'read'")

    pane.get_by_role("tab", name="Settings").click()

    expect(pane.get_by_role("button", name="Connect", exact=True)).to_be_visible()


def test_while_the_server_is_away_the_mail_goes_and_the_panel_says_so(
    connected, url, console_errors, settings
):
    pane = open_window(connected, url)
    connected.click("#pane")
    expect(pane.get_by_role("switch", name="Opens")).to_be_visible()
    connected.route("**/api/v1/**", lambda route: route.abort())
    pane.get_by_role("switch", name="Opens").click()
    expect(pane.get_by_text("Telltale cannot be reached")).to_be_visible()
    expect(pane.get_by_role("switch", name="Opens")).to_be_checked()  # as it still is
    pane.get_by_role("tab", name="Settings").click()

    expect(pane.get_by_text("Telltale cannot be reached")).to_be_visible()
    write(connected, "nobody@away.test")
    send(connected)
    html = arrived(settings, "nobody@away.test").get_body(("html",)).get_content()
    assert f"{settings.tracking_url}/c/" not in html
    console_errors.clear()


@pytest.mark.req("R3")
def test_an_outlook_that_refuses_to_write_the_body_sends_it_with_the_queued_picture(
    connected, url, world, settings
):
    another_host(connected, {"38: () =>": "9038: () =>"})  # setAsync
    open_window(connected, url)
    expect(connected.locator("#note")).to_have_text("Tracking is on")
    write(connected, CAROL)

    send(connected)

    html = arrived(settings, CAROL).get_body(("html",)).get_content()
    assert f"{settings.tracking_url}/c/" not in html
    assert html.count(f"{settings.tracking_url}/o/") == 1
    wait_until(lambda: db.one("SELECT 1 FROM handler_run WHERE outcome = 'appended'"))


def test_an_outlook_that_lets_nothing_into_a_mail_says_so(connected, url):
    # No appendOnSendAsync, and no event at send.
    another_host(connected, {'"Mailbox":1.14': '"Mailbox":1.5', "100: () =>": "9100: () =>"})
    pane = open_window(connected, url)
    connected.click("#pane")
    write(connected, CAROL)

    expect(pane.get_by_text("This Outlook lets no add-in put anything into a mail")).to_be_visible()
    expect(connected.locator("#note")).to_be_hidden()


def test_without_the_library_the_window_says_what_is_missing(
    client, as_alice, monkeypatch, tmp_path
):
    monkeypatch.setitem(client.application.config, "OFFICE_JS", tmp_path)

    page = client.get("/playground/outlook", headers=as_alice).text

    assert "`make run` fetches it" in page
    assert "outlook.js" not in page


@pytest.mark.parametrize(
    ("why", "changes", "status"),
    [
        ("nobody to send to", {"to": ""}, 422),
        ("a line break in a header", {"header.x-telltale-stamp": "a\r\nBcc: x@y.test"}, 422),
        ("a subject with one", {"subject": "a\nb"}, 422),
    ],
)
def test_a_mail_that_cannot_be_sent_says_why(client, as_alice, why, changes, status):
    form = {"to": CAROL, "subject": "Hi", "html": "<p>x</p>"} | changes

    assert (
        client.post("/playground/outlook/send", headers=as_alice, data=form).status_code == status
    )


@pytest.mark.parametrize("name", ["..%2foffice.d.ts", "nothing.js", "%2e%2e/package.json"])
def test_nothing_but_the_library_is_served_from_its_folder(client, name):
    assert client.get(f"/playground/outlook/office/{name}").status_code == 404


def test_a_window_that_is_closed_while_the_library_comes_leaves_no_file_open(client):
    answer = client.get("/playground/outlook/office/office.js")

    assert answer.status_code == 200
    del answer  # unread: an open file would be told of, which fails the test


def test_the_library_is_sent_once_to_who_has_it(client):
    url = "/playground/outlook/office/office.js"
    first = client.get(url)

    again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})

    assert (first.mimetype, again.status_code) == ("text/javascript", 304)


def test_only_the_add_ins_own_pages_are_served(client):
    assert client.get("/playground/outlook/addin/panel.html").status_code == 404
