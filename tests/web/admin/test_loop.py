"""The loop test's pages: consent for one mail, steps that the page follows, the wizard's end."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from backend import clock
from backend.capture import loop_mail
from backend.capture.loop_runs import TOKEN, owner
from backend.models.loop_tests import LoopState, LoopTest, Note, Step
from backend.models.mail import Stamp
from backend.models.mailboxes import Connection
from backend.models.secrets import Secret
from backend.tracking import sending
from tests.screens import signed_in
from tests.world import hit, record

BOTH = ("google", "microsoft")
LIST = "/console/admin/connections"
WIZARD = f"{LIST}/google"
PAGE = f"{WIZARD}/loop"
OWNER = ("org_id", "connection_id", "user_id", "address", "language")
SEND = {"google": "https://www.googleapis.com/auth/gmail.send", "microsoft": "Mail.Send"}
# No more than one mail's way takes: no calendar, nothing lasting, no right to change mail.
ASKED = {
    "google": {
        "openid", "email", SEND["google"], "https://www.googleapis.com/auth/gmail.readonly",
    },
    "microsoft": {"openid", "profile", "User.Read", "Mail.Read", "Mail.Send"},
}  # fmt: skip


@pytest.fixture(scope="module")
def database_url():
    return ""  # what is tried are pages


def made(world, provider="google", **changes):
    """A test by ada, of a connection of its own."""
    ada = world.users["ada"]
    connection = Connection.create(
        org_id=ada.org_id, provider=provider, method="user_consent", client_id="us", state="ready",
        detail={"pilot": "alice@ours.test"},
    )  # fmt: skip
    values = {
        "org_id": ada.org_id, "connection_id": connection.id, "user_id": ada.id,
        "address": "alice@ours.test", "language": "en",
    }  # fmt: skip
    return LoopTest.create(**values | changes)


def seen_by_herself(world):
    """The stamp of a loop test's mail that ada sent and whose picture she fetched."""
    stamped, marks = loop_mail.stamp(world.users["ada"], "alice@ours.test", "en", world.host)
    stamp = Stamp.get_by_id(stamped.id)
    now = clock.now()
    sending.confirm(stamp, now - timedelta(seconds=60), sending.Source.PROVIDER)
    sending.self_view(stamp)
    token = marks.pixel.rpartition("/")[2].removesuffix(".gif")
    record(hit(token, received_at=now))
    return stamped.id


def walked(test, failed=None, cause="", found=""):
    """The test, gone well up to that step."""
    for step in Step:
        if step == failed:
            test.note(Note(step, "bad", cause, found, took_ms=12))
            test.end(LoopState.FAILED)
            return
        test.note(Note(step, "good", took_ms=1500))
    test.end(LoopState.PASSED)


@pytest.mark.req("R79")
@pytest.mark.parametrize("name", BOTH)
def test_the_wizard_leaves_for_one_more_consent_and_a_test_is_due(travel, name):
    travel.connect(name)
    ada, wizard = travel.browser("ada"), f"{LIST}/{name}"
    travel.round_trip(ada.client, ada.post(f"{wizard}/pilot"))

    left = ada.post(f"{wizard}/loop")
    asked = parse_qs(urlsplit(travel.leave(left)).query)
    assert set(asked["scope"][0].split()) == ASKED[name]
    assert "offline" not in travel.leave(left)
    back = travel.round_trip(ada.client, left)

    test = LoopTest.get()
    assert back.headers["Location"] == f"{wizard}/loop/{test.id}"
    assert (test.state, test.address) == ("due", "alice@ours.test")
    token = travel.app.extensions["safe"].get(owner(test), TOKEN)
    assert token in travel.provider.tokens
    page = ada.get(f"{wizard}/loop/{test.id}").text
    assert "The worker begins in a moment" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert token not in page + travel.kept()
    other = next(each for each in BOTH if each != name)
    assert ada.get(f"{LIST}/{other}/loop/{test.id}").status_code == 404


@pytest.mark.parametrize("name", BOTH)
def test_a_consent_without_sending_is_told_and_nothing_is_kept(travel, name):
    travel.connect(name)
    ada = travel.browser("ada")
    travel.provider.drop_scopes = (SEND[name],)

    page = travel.round_trip(ada.client, ada.post(f"{LIST}/{name}/loop")).text

    assert "unticked" in page
    assert SEND[name] in page
    assert LoopTest.select().count() == 0
    assert Secret.select().where(Secret.owner_type == "loop_test").count() == 0


@pytest.mark.parametrize("name", BOTH)
def test_before_the_keys_and_the_pilot_there_is_no_loop(travel, name):
    ada = travel.browser("ada")
    assert ada.post(f"{LIST}/{name}/loop").status_code == 422
    travel.connect(name)

    page = ada.get(f"{LIST}/{name}").text

    assert "Try it with one mailbox first" in page
    assert "Comes after the loop test" in page


@pytest.mark.parametrize("name", BOTH)
def test_the_wizard_ends_when_a_test_has_passed(travel, world, name):
    test = made(world, provider=name)
    ada, wizard = travel.browser("ada"), f"{LIST}/{name}"
    assert "Comes after the loop test" in ada.get(wizard).text
    Connection.update(
        detail={"pilot": "alice@ours.test", "loop_at": clock.now().isoformat()}
    ).execute()

    page = ada.get(wizard).text

    assert "Comes after the loop test" not in page
    assert f"{wizard}/loop/{test.id}" in page


def test_a_worker_that_does_not_come_is_said(travel, world):
    test = made(world, created_at=clock.now() - timedelta(seconds=30))

    assert "No worker has come" in travel.browser("ada").get(f"{PAGE}/{test.id}").text


def test_a_test_of_another_organisation_is_not_there(travel, world):
    mallory = world.users["mallory"]
    test = made(world)
    Connection.update(org_id=mallory.org_id).execute()

    assert travel.browser("ada").get(f"{PAGE}/{test.id}").status_code == 404


def test_another_admin_sees_the_steps_and_no_row_of_the_feed(travel, world):
    stamped = world.send()
    record(hit(world.open_token(stamped)))
    test = made(world, user_id=world.alice.id, stamp_id=stamped.id)
    walked(test)

    page = travel.browser("ada").get(f"{PAGE}/{test.id}").text

    assert "It works" in page
    assert re.findall(r"<dd>([\d,]+ ms)</dd>", page) == ["3,000 ms", "1,500 ms", "12,000 ms"]
    assert "Offer" not in page


@pytest.mark.parametrize(
    ("step", "cause", "said"),
    [
        (Step.HOST, "name", "DNS knows no such name"),
        (Step.HOST, "certificate", "does not hold"),
        (Step.SEND, "refused", "did not let us"),
        (Step.FIND, "not_found", "within two minutes"),
        (Step.CONTENT, "no_link", "gateway"),
        (Step.FEED, "no_row", "drain"),
    ],
)
def test_a_step_that_failed_is_told_with_its_mending(travel, world, step, cause, said):
    test = made(world)
    walked(test, step, cause, "<b>what</b> was seen")

    page = travel.browser("ada").get(f"{PAGE}/{test.id}").text

    assert said in page
    assert "&lt;b&gt;what&lt;/b&gt; was seen" in page
    assert "Test again" in page


@pytest.mark.req("R79")
def test_the_page_follows_the_test_and_every_look_of_it_can_be_used(site, page, world, eyes):
    ada = world.users["ada"]
    test = made(world, stamp_id=seen_by_herself(world))
    signed_in(page, site, ada)
    page.goto(f"{site}{PAGE}/{test.id}")
    expect(page.get_by_role("status")).to_contain_text("The worker begins in a moment")

    walked(test)

    expect(page.get_by_role("status")).to_contain_text("It works")
    expect(page.get_by_text("You opened")).to_be_visible()
    assert eyes.faults(page, "admin-loop-passed", (320, 1280)) == []
    failed = LoopTest.create(**{name: getattr(test, name) for name in OWNER})
    walked(failed, Step.HOST, "certificate", "certificate has expired")
    page.goto(f"{site}{PAGE}/{failed.id}")
    assert eyes.faults(page, "admin-loop-failed", (320, 1280)) == []


def test_a_link_with_the_focus_keeps_it_while_the_page_follows(site, page, world):
    test = made(world, stamp_id=seen_by_herself(world))
    signed_in(page, site, world.users["ada"])
    page.goto(f"{site}{PAGE}/{test.id}")
    mail = page.locator("a.subject")
    mail.focus()

    walked(test)

    expect(page.get_by_role("status")).to_contain_text("It works")
    expect(mail).to_be_focused()
