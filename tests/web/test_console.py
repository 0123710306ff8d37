"""The rep's pages: what they show, to whom, and that what strangers wrote stays text."""

import re

import pytest

from backend import clock
from backend.models.access import issue_signin_link
from backend.tracking.facts import Kind
from tests.world import CAROL, CHROME, DANA, LEO, NOON, bearer, hit, record

HOSTILE = '"><script>alert(1)</script>\u202e{{7*7}}<img src=x onerror=alert(1)>'


@pytest.fixture
def page(client, as_alice):
    """Get a page as alice; its text."""

    def get(path, status=200, headers=as_alice):
        response = client.get(path, headers=headers)
        assert response.status_code == status, response.text
        return response.text

    return get


@pytest.fixture
def recent(world):
    """A mail to carol and leo with copies of their own, a minute old; opened and clicked."""
    sent_at = clock.now()
    stamped = world.send(CAROL, LEO, at=sent_at, per_recipient=True)
    after = (sent_at - NOON).total_seconds()
    carols = world.open_token(stamped, CAROL)
    record(
        hit(carols, after=after + 60),
        hit(world.click_token(stamped), Kind.CLICK, after=after + 90),
        hit(world.open_token(stamped, LEO), after=after + 60, user_agent="Mozilla/5.0"),
    )
    return stamped


def texts(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize(
    "path",
    [
        "/console/feed?kind=nonsense",
        "/console/feed?before=%00",
        "/console/feed?person=1",
        "/console/feed?limit=1000000",
        "/console/sent?before=nonsense",
        "/console/sent?state=nonsense",
        "/console/mail/01890000-0000-7000-8000-000000000000?checks=perhaps",
    ],
)
def test_an_address_that_makes_no_sense_is_an_error_page(page, path):
    assert "Back to the start" in page(path, status=422)


@pytest.mark.req("R10", "R66")
def test_the_sent_list_holds_tracked_and_untracked_mail_with_the_reason(page, world, recent):
    world.send(DANA, at=clock.now(), subject="To Dana")
    world.stamp(CAROL, subject="Not sent")

    sent = texts(page("/console/sent"))

    assert "Offer Clicked" in sent
    assert "Carol Clicked" in sent
    assert "Leo No signal yet" in sent
    assert "To Dana Sent untracked" in sent
    assert "Do Not Track is set for this person." in sent
    assert "Not sent Send not confirmed" in sent


def test_the_sent_list_is_searched(page, world):
    world.send(CAROL, subject="100% wool")
    world.send(CAROL, subject="Linen")

    found = texts(page("/console/sent?q=100%25&state="))

    assert "100% wool" in found
    assert "Linen" not in found
    assert "Nothing found" in page("/console/sent?q=silk")


@pytest.mark.req("R38", "R33")
def test_a_mails_page_tells_its_whole_story(page, world, recent):
    mail = texts(page(f"/console/mail/{recent.id}"))

    assert "Carol Clicked" in mail
    assert "A 100 % of 1 click 1 click https://example.com/a" in mail
    assert "opened by 1 of 2 who can be measured (0 cannot)" in mail


@pytest.mark.req("R41")
@pytest.mark.parametrize(("who", "status"), [("bob", 404), ("mallory", 404), ("mika", 200)])
def test_a_mail_is_shown_to_its_owner_and_her_manager_only(page, world, recent, who, status):
    page(f"/console/mail/{recent.id}", status, bearer(world.users[who]))


def test_whose_session_is_over_is_led_to_the_way_in(client, world):
    for path in ("/console/feed", "/console/sent", "/console/mail/" + clock.new_id()):
        response = client.get(path)

        assert (response.status_code, response.location) == (303, "/signin")


def test_the_first_page_leads_on(client, world):
    assert client.get("/").location == "/signin"
    client.get(f"/signin/{issue_signin_link(world.alice)}")

    assert client.get("/").location == "/console/feed"
    assert client.get("/console").location == "/console/feed"


def test_a_signed_in_person_can_leave(client, world):
    client.get(f"/signin/{issue_signin_link(world.alice)}")
    feed = client.get("/console/feed").text
    token = re.search(r'name="csrf_token" value="(\w+)"', feed)
    assert token is not None

    forged = client.post("/signout")
    client.post("/signout", data={"csrf_token": token[1]})

    assert forged.status_code == 403
    assert client.get("/console/feed").status_code == 303


def test_a_stale_link_says_how_to_get_another(client, world):
    response = client.get("/signin/used")

    assert response.status_code == 410
    assert "signin-link" in response.text


def test_what_strangers_wrote_is_text_everywhere(page, world):
    stamped = world.send(
        f"{CAROL}",
        at=clock.now(),
        subject=HOSTILE,
        html=f'<a href="https://example.com/?&quot;>{"x" * 5}">{HOSTILE} link</a>',
    )
    after = (clock.now() - NOON).total_seconds() + 60
    record(
        hit(world.open_token(stamped), after=after, user_agent=f"Thunderbird {HOSTILE}"),
        hit(world.click_token(stamped), Kind.CLICK, after=after, user_agent=CHROME),
    )
    world.people["carol"].name = HOSTILE
    world.people["carol"].save()

    for path in ("sent", f"mail/{stamped.id}", f"sent?q={HOSTILE}"):
        shown = page(f"/console/{path}")
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "49" not in re.findall(r"\u202e(\d+)", shown)


@pytest.mark.parametrize("path", ["/console/feed", "/console/sent", "/signin", "/api/docs"])
def test_pages_keep_to_the_strict_policy(client, as_alice, path):
    response = client.get(path, headers=as_alice)

    assert response.status_code == 200
    assert "script-src 'self'; style-src 'self'" in response.headers["Content-Security-Policy"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", response.text)
    assert re.findall(r"<script(?![^>]*\ssrc=)", response.text) == []


def test_the_docs_page_shows_every_address_of_the_document(client):
    document = client.get("/api/openapi.json").json
    shown = client.get("/api/docs").text

    for path, operations in document["paths"].items():
        assert f"<code>{path}</code>" in shown
        for method in operations:
            assert f'<span class="method">{method.upper()}</span> <code>{path}</code>' in shown
    for name in document["components"]["schemas"]:
        assert f'id="schema-{name}"' in shown


def test_nobody_sees_anothers_list(page, world, recent):
    assert "Offer" not in page("/console/sent", headers=bearer(world.users["bob"]))


@pytest.mark.req("R36")
def test_the_heat_map_shows_the_share_of_people_and_of_machines_on_request(page, client, world):
    sent_at = clock.now()
    html = "".join(f'<a href="https://example.com/{name}">{name}</a>' for name in "abc")
    stamped = world.send(CAROL, at=sent_at, html=html)
    after = (sent_at - NOON).total_seconds()
    for second, position in ((3600, 0), (7200, 0), (10800, 0), (14400, 1)):
        record(hit(world.click_token(stamped, position), Kind.CLICK, after=after + second))
    machine = {"user_agent": "python-requests/2.31", "reader": "two"}
    record(hit(world.click_token(stamped, 2), Kind.CLICK, after=after + 20000, **machine))

    plain = texts(page(f"/console/mail/{stamped.id}"))
    with_checks = page(f"/console/mail/{stamped.id}?checks=true")

    assert "a 75 % of 4 clicks 3 clicks" in plain
    assert "b 25 % of 4 clicks 1 click" in plain
    assert "c 0 % of 4 clicks 0 clicks" in plain
    assert "automatic check" not in plain.replace("Show automatic checks", "")
    assert "c 0 % of 4 clicks 0 clicks 1 automatic check" in texts(with_checks)
    assert re.findall(r'class="clicks" width="([\d.]+)"', with_checks) == ["60.0", "20.0", "0.0"]
    assert re.findall(r'class="checks" width="([\d.]+)"', with_checks) == ["60.0", "20.0", "20.0"]


@pytest.mark.req("R30")
def test_tracking_is_stopped_from_the_mails_page(page, client, world, as_alice, recent):
    path = f"/console/mail/{recent.id}"
    assert "Its links go on working" in page(path)

    answer = client.post(f"{path}/stop", headers=as_alice)

    assert (answer.status_code, answer.location) == (303, path)
    stopped = texts(page(path))
    assert "Offer Tracking stopped" in stopped
    assert "Stop tracking now" not in stopped


def test_only_the_sender_stops_the_tracking(page, client, world, recent):
    mika = bearer(world.users["mika"])

    assert "Stop tracking" not in page(f"/console/mail/{recent.id}", headers=mika)
    assert client.post(f"/console/mail/{recent.id}/stop", headers=mika).status_code == 404


def test_mail_to_one_person_is_shown_on_request(page, world, recent):
    world.send(LEO, subject="To Leo alone")

    carols = page(f"/console/sent?person={world.people['carol'].id}")

    assert "To Leo alone" not in carols
    assert "Only mail to one person is shown." in carols


def test_pages_speak_german(page, world, recent, as_alice):
    german = as_alice | {"Accept-Language": "de-DE"}
    mail = texts(page(f"/console/mail/{recent.id}", headers=german))
    sent = texts(page("/console/sent", headers=german))

    assert "Carol Geklickt" in mail
    assert "A 100 % von 1 Klick" in mail
    assert "Leo Noch kein Signal" in sent
    assert "Gesendet" in sent
