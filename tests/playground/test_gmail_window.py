"""Gmail's server part in the playground: it puts tokens to events and calls the add-on alone."""

import pytest

from backend.settings import Settings
from playground.google import CERTS, CLIENT_ID, SERVICE_ACCOUNT
from playground.inboxes import Inboxes
from tests.processes import ROOT
from tests.waiting import free_port
from tests.world import CAROL, SECRET, bearer

EVENT = "/playground/gmail/event"


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    port = free_port(following=1)
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        secret=SECRET,
        playground=True,
        port=port,
        smtp_port=free_port(),
        gmail_addon_client_id=CLIENT_ID,
        gmail_addon_service_account=SERVICE_ACCOUNT,
        google_certs_url=f"http://127.0.0.1:{port}{CERTS}",
    )


@pytest.fixture
def as_alice(world):
    return bearer(world.alice)


def test_an_event_reaches_the_add_on_with_tokens_it_believes(client, as_alice, settings):
    body = {"url": f"{settings.public_url}/gmail-addon/home", "common": {"userLocale": "en"}}

    told = client.post(EVENT, headers=as_alice, json=body).json

    assert told["status"] == 200
    assert "custom_authorization_prompt" in told["answer"]  # believed, and not linked yet


@pytest.mark.parametrize(
    "path", ["/api/v1/feed", "/gmail-addon", "/console/feed", "@evil.test/gmail-addon/"]
)
def test_no_other_address_is_called(client, as_alice, settings, path):
    answer = client.post(EVENT, headers=as_alice, json={"url": settings.public_url + path})

    assert answer.status_code == 403


@pytest.mark.parametrize("body", [{}, {"url": 7}, {"url": "x", "tokens": "x"}])
def test_what_is_no_event_of_the_page_is_refused(client, as_alice, body):
    assert client.post(EVENT, headers=as_alice, json=body).status_code == 422


def test_mail_leaves_by_smtp_and_a_copy_lies_in_sent(client, as_alice, world, settings):
    mail = {"to": CAROL, "subject": "Hi", "html": "<p>Hello</p>"}

    sent = client.post("/playground/gmail/send", headers=as_alice, json=mail)

    assert sent.status_code == 201
    inboxes = Inboxes.of(settings)
    for address in (CAROL, world.alice.email):
        raw = inboxes.open(inboxes.mails(address)[0])
        assert sent.json["message_id"].encode() in raw


def test_the_window_may_show_pictures_of_the_tracking_host_as_gmail_does(
    client, as_alice, settings
):
    page = client.get("/playground/gmail", headers=as_alice)

    policy = page.headers["Content-Security-Policy"]
    assert f"img-src 'self' data: {settings.tracking_url};" in policy
    assert "unsafe" not in policy
    assert 'id="gmail"' in page.text


def test_pictures_of_an_organisations_own_tracking_host_are_shown_too(client, as_alice, world):
    world.set_policy(tracking_url="https://mail.ours.test")

    page = client.get("/playground/gmail", headers=as_alice)

    assert "img-src 'self' data: https://mail.ours.test;" in page.headers["Content-Security-Policy"]


def test_neither_its_scripts_nor_its_server_part_know_the_api():
    scripts = ROOT.glob("console/static/playground/gmail/*.js")
    files = [*scripts, *ROOT.glob("playground/gmail_*.py")]

    assert len(files) >= 6
    assert [path.name for path in files if "/api" in path.read_text()] == []
