"""The page on Gmail's notices: commands to copy, what is filled in, and what comes of a test."""

import html
import re

import pytest
from playwright.sync_api import expect

from backend import clock, db
from backend.access.grants import SERVICE_KEY, notices_owner
from backend.models.gmail_notices import GmailNotices, Mode
from backend.models.mailboxes import Mailbox
from backend.settings import Settings
from tests.access.test_gmail_notices import watched
from tests.fakes.directory import Directory
from tests.fakes.pubsub import PUSHER, SUBSCRIPTION, TOPIC
from tests.screens import signed_in
from tests.web.browsing import browser_of
from tests.world import SECRET

HERE = "/console/admin/connections/google/notices"
PUBLIC_URL = "https://telltale.ours.test"
PUSH = {"mode": "push", "topic": TOPIC, "subscription": SUBSCRIPTION, "account": PUSHER}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        secret=SECRET,
        playground=False,
        public_url=PUBLIC_URL,
    )


@pytest.fixture(scope="module")
def key():
    return Directory().new_key()


@pytest.fixture
def on_http(app, client, settings):
    """As an installation that nobody can call from outside."""
    app.config["SETTINGS"] = settings.model_copy(update={"public_url": "http://127.0.0.1:8000"})
    yield
    app.config["SETTINGS"] = settings


def page_of(ada):
    return text_of(ada.get(HERE))


def text_of(answer):
    """A page's text; each word of a command is a box of its own."""
    return html.unescape(re.sub("</?span>", "", answer.text))


# The words of the page's commands that stand on more than one line.
BROKEN = """() => Array.from(document.querySelectorAll(".commands span"))
    .filter((it) => it.getClientRects().length > 1).map((it) => it.textContent)"""


def test_commands_break_at_spaces_alone_and_are_copied_whole(site, page, world):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    signed_in(page, site, world.users["ada"]).set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{site}{HERE}")
    command = page.get_by_role("group", name="Make the topic")
    expect(command).to_be_visible()

    assert page.evaluate(BROKEN) == []
    assert command.evaluate("it => it.getClientRects()[0].height") > 60
    command.locator("..").get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == (
        "gcloud services enable pubsub.googleapis.com --project=PROJECT\n"
        "gcloud pubsub topics create telltale-gmail --project=PROJECT"
    )
    assert page.evaluate("getSelection().toString()").strip() == copied
    command.press("End")  # it can be reached, and scrolls where a word is too long for it


def looks():
    """Whose mail is looked at next, and when."""
    return [(each.address, each.state, each.next_sync_at) for each in Mailbox.select()]


def filled(page):
    """What stands in the fields of the form, by name."""
    found = dict(re.findall(r'<input id="(\w+)" name="\1"[^>]* value="([^"]*)"', page))
    (found["mode"],) = re.findall(r'name="mode" value="([^"]*)" checked', page) or [""]
    (found["key"],) = re.findall(r'<textarea id="key"[^>]*>([^<]*)</textarea>', page)
    return {name: html.unescape(text) for name, text in found.items()}


def test_what_is_pushed_is_set_up_with_the_commands_for_it(ada, world):
    before = page_of(ada)
    assert "gcloud pubsub topics create telltale-gmail --project=PROJECT" in before
    assert f"{PUBLIC_URL}/webhooks/gmail" in before

    saved = ada.post(HERE, **PUSH)

    assert saved.headers["Location"] == f"{HERE}?done=saved"
    row = GmailNotices.get()
    assert (row.mode, row.topic, row.subscription, row.account) == (*PUSH.values(),)
    page = page_of(ada)
    assert (
        "gcloud pubsub topics add-iam-policy-binding gmail --project=ours-crm"
        " --member=serviceAccount:gmail-api-push@system.gserviceaccount.com"
        " --role=roles/pubsub.publisher"
    ) in page
    assert (
        f"--push-endpoint={PUBLIC_URL}/webhooks/gmail --push-auth-service-account={PUSHER}"
        f" --push-auth-token-audience={PUBLIC_URL}/webhooks/gmail"
    ) in page
    assert "--expiration-period=never" in page


def test_the_commands_take_the_project_of_what_is_filled_in_so_far(ada):
    answer = ada.post(HERE, **PUSH | {"subscription": "gmail"})

    page = text_of(answer)
    assert answer.status_code == 422
    assert "subscriptions create telltale-gmail --project=ours-crm --topic=" in page
    assert "--project=PROJECT" not in page


@pytest.mark.parametrize(
    ("why", "changes", "said"),
    [
        ("no choice", {"mode": "carrier pigeon"}, "Choose how notices come"),
        ("a short name", {"topic": "gmail"}, "whole name, such as projects/our-project/topics"),
        (
            "a subscription's name",
            {"topic": SUBSCRIPTION},
            "whole name, such as projects/our-project/topics",
        ),
        (
            "a topic's name",
            {"subscription": TOPIC},
            "whole name, such as projects/our-project/subscriptions",
        ),
        ("nobody who signs", {"account": ""}, "service account that signs"),
        ("no address", {"account": "telltale"}, "service account that signs"),
        ("no key", {"mode": "pull"}, "Paste the whole JSON file"),
        ("no such key", {"mode": "pull", "key": "{}"}, "Paste the whole JSON file"),
        ("a long one", {"mode": "pull", "key": "x" * 20_001}, "Paste the whole JSON file"),
    ],
)
def test_what_is_filled_in_wrongly_is_named_and_not_kept(ada, why, changes, said):
    answer = ada.post(HERE, **PUSH | changes)

    assert answer.status_code == 422, why
    assert said in answer.text
    assert GmailNotices.select().count() == 0
    chosen = changes.get("mode", PUSH["mode"])
    kept = {"mode": chosen if chosen in list(Mode) else "", "key": ""}  # a key is never shown again
    assert filled(answer.text) == PUSH | changes | kept, why


def test_where_nobody_can_call_it_is_pulled(on_http, ada, app, key):
    assert "PUBLIC_URL is none" in page_of(ada)
    refused = ada.post(HERE, **PUSH)
    assert (refused.status_code, "Choose that Telltale pulls" in refused.text) == (422, True)

    assert ada.post(HERE, **PUSH | {"mode": "pull", "key": key}).status_code == 303

    row = GmailNotices.get()
    assert (row.mode, row.account) == ("pull", "telltale@ours.iam.gserviceaccount.com")
    assert app.extensions["safe"].has(notices_owner(row), SERVICE_KEY)
    page = page_of(ada)
    assert f"--member=serviceAccount:{row.account}" in page
    assert "PRIVATE KEY" not in page
    again = ada.post(HERE, **PUSH | {"mode": "pull", "account": ""})
    assert again.status_code == 303
    assert GmailNotices.get().account == "telltale@ours.iam.gserviceaccount.com"


def test_a_test_says_what_is_still_to_be_done_until_a_notice_has_come(ada, world):
    assert ada.post(f"{HERE}/test").status_code == 422
    ada.post(HERE, **PUSH)
    assert "connect one, then test" in ada.post(f"{HERE}/test").text
    watched(world.alice)
    watched(world.users["bob"], reason="topic_forbidden")

    assert ada.post(f"{HERE}/test").headers["Location"] == f"{HERE}?done=tested"

    page = page_of(ada)
    assert "1 of 2 mailboxes" in page
    assert "Gmail may not publish to the topic" in page
    assert "No notice has come since this test:" in page
    db.execute("UPDATE push_subscription SET reason = ''")
    GmailNotices.update(told_at=clock.now(), ignored_count=3).execute()
    page = page_of(ada)
    assert "Notices come." in page
    assert "3 notices were of no mailbox" in page
    assert "Gmail may not publish" not in page


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("pull_forbidden", "may not pull from the subscription"),
        ("pull_missing", "There is no such subscription"),
        ("pubsub_off", "The Pub/Sub API is switched off"),
        ("service_key", "There is no key"),
        ("secret_unopened", "sealed with other keys"),
        ("INTERNAL", "Google refused"),
    ],
)
def test_why_nothing_can_be_pulled_is_told_here_and_on_health(ada, reason, said):
    ada.post(HERE, **PUSH)
    GmailNotices.update(reason=reason).execute()

    page = page_of(ada)

    assert said in page
    assert f"<code>{reason}</code>" in page
    health = ada.get("/console/admin/health").text
    assert "Gmail does not tell of every mailbox" in health
    assert f'href="{HERE}"' in health


def test_notices_that_go_astray_are_told_too(ada, world):
    ada.post(HERE, **PUSH)
    watched(world.alice, missed=3)
    GmailNotices.update(told_at=clock.now()).execute()

    page = page_of(ada)

    assert "notices go astray" in page
    assert "Notices come." not in page
    assert "Gmail does not tell of every mailbox" in ada.get("/console/admin/health").text


def test_health_and_the_mailboxes_page_say_whether_and_when(app, ada, world):
    assert HERE not in ada.get("/console/admin/health").text
    ada.post(HERE, **PUSH)
    watched(world.alice)
    alice = browser_of(app, world.alice)
    for page in (ada.get("/console/admin/health").text, alice.get("/console/mailboxes").text):
        assert "<dt>Notices</dt><dd>On</dd>" in page

    db.execute("UPDATE push_subscription SET last_event_at = %s", [clock.now()])

    for page in (ada.get("/console/admin/health").text, alice.get("/console/mailboxes").text):
        assert "<dt>Notices</dt><dd>On, last " in page
    db.execute("UPDATE push_subscription SET reason = 'topic_forbidden'")
    for page in (ada.get("/console/admin/health").text, alice.get("/console/mailboxes").text):
        assert "Not on; looked at each minute" in page


def test_after_the_end_mailboxes_are_looked_at_as_before(ada, world):
    ada.post(HERE, **PUSH)
    watched(world.alice)
    before = looks()

    assert ada.post(f"{HERE}/end").headers["Location"] == f"{HERE}?done=ended"

    assert GmailNotices.select().count() == 0
    assert looks() == before
    assert ada.post(f"{HERE}/end").status_code == 303


def test_another_organisations_setup_is_not_seen(ada, app, world):
    GmailNotices.create(
        org_id=world.users["mallory"].org_id, **PUSH | {"topic": f"{TOPIC}-of-them"}
    )

    assert f"{TOPIC}-of-them" not in page_of(ada)
    ada.post(f"{HERE}/end")
    assert GmailNotices.select().count() == 1
