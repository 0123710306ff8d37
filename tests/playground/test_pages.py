"""The playground's pages: the stage, a mail's body in its frame, where sample links lead."""

import smtplib

import pytest

from backend.models.access import issue_signin_link
from playground import samples
from tests.world import CAROL

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def alice(client, world, inboxes):
    """A browser in which alice is signed in."""
    client.get(f"/signin/{issue_signin_link(world.alice)}")
    return client


def arrived(inboxes, settings, html):
    mail = f"Subject: {HOSTILE}\r\nContent-Type: text/html\r\n\r\n{html}"
    with smtplib.SMTP("127.0.0.1", settings.smtp_port) as smtp:
        smtp.sendmail("mallory@theirs.test", [CAROL], mail)
    return inboxes.mails(CAROL)[0]


def policy(response):
    return response.headers["Content-Security-Policy"]


def test_the_stage_has_a_mail_written_and_every_panel(alice, world):
    page = alice.get("/playground").text

    for panel in ("clock", "guide", "views", "mailboxes", "letter", "feed"):
        assert f'data-panel="{panel}"' in page
    assert f'value="{CAROL}, ' in page
    for place in samples.PLACES:
        assert f"/playground/page/{place}" in page


def test_the_stage_may_frame_its_own_mails_and_nothing_else(alice):
    told = policy(alice.get("/playground"))

    assert "frame-src 'self'" in told
    assert "script-src 'self'" in told
    assert "unsafe" not in told


@pytest.mark.req("R23")
def test_to_look_at_a_mail_in_the_playground_loads_no_picture(alice, inboxes, settings):
    mail_id = arrived(inboxes, settings, f"<p>Hi</p><IMG\nsrc='{settings.tracking_url}/o/x.gif'>")

    shown = alice.get(f"/playground/mail/{mail_id}/body")

    assert "img-src data:;" in policy(shown)
    assert "/o/x.gif" not in shown.text


def test_a_mails_html_gets_no_scripts_no_forms_and_no_origin(alice, inboxes, settings):
    mail_id = arrived(inboxes, settings, f"{HOSTILE}<form action=/signout>")

    told = policy(alice.get(f"/playground/mail/{mail_id}/body"))

    assert "default-src 'none'" in told
    assert "form-action 'none'" in told
    assert "script-src" not in told
    assert told.endswith("; sandbox allow-popups allow-popups-to-escape-sandbox")


@pytest.mark.parametrize("mail_id", ["x", "0" * 69, "%2e%2e%2fsecret.key", "a" * 5_000])
def test_a_mail_that_is_none_is_not_found(alice, mail_id):
    assert alice.get(f"/playground/mail/{mail_id}").status_code == 404
    assert alice.get(f"/playground/mail/{mail_id}/body").status_code == 404


def test_a_text_mail_has_no_body_to_frame(alice, inboxes):
    mail_id = inboxes.put(CAROL, b"Content-Type: text/plain\r\n\r\nhi")

    assert alice.get(f"/playground/mail/{mail_id}/body").status_code == 404


@pytest.mark.parametrize("path", ["", "/mail/x/body"])
def test_the_playground_is_for_the_signed_in(client, path):
    response = client.get(f"/playground{path}")

    assert (response.status_code, response.location) == (303, "/signin")


def test_the_samples_links_arrive(client):
    assert "The price list" in client.get("/playground/page/price-list").text
    assert client.get("/playground/page/nothing").status_code == 404
