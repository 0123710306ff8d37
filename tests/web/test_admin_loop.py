"""The loop test's pages: consent for one mail, steps that the page follows, the wizard's end."""

from datetime import timedelta

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

WIZARD = "/console/admin/connections/google"
PAGE = f"{WIZARD}/loop"
OWNER = ("org_id", "connection_id", "user_id", "address", "language")
SEND = "https://www.googleapis.com/auth/gmail.send"


@pytest.fixture(scope="module")
def database_url():
    return ""  # what is tried are pages


def made(world, **changes):
    """A test by ada, of a connection of its own."""
    ada = world.users["ada"]
    connection = Connection.create(
        org_id=ada.org_id, provider="google", method="user_consent", client_id="us", state="ready",
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
def test_the_wizard_leaves_for_one_more_consent_and_a_test_is_due(travel):
    travel.connect()
    ada = travel.browser("ada")
    travel.round_trip(ada.client, ada.post(f"{WIZARD}/pilot"))

    left = ada.post(f"{WIZARD}/loop")
    assert SEND.replace(":", "%3A").replace("/", "%2F") in travel.leave(left)
    assert "offline" not in travel.leave(left)
    back = travel.round_trip(ada.client, left)

    test = LoopTest.get()
    assert back.headers["Location"] == f"{PAGE}/{test.id}"
    assert (test.state, test.address) == ("due", "alice@ours.test")
    token = travel.app.extensions["safe"].get(owner(test), TOKEN)
    assert token in travel.provider.tokens
    page = ada.get(f"{PAGE}/{test.id}").text
    assert "The worker begins in a moment" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert token not in page + travel.kept()


def test_a_consent_without_sending_is_told_and_nothing_is_kept(travel):
    travel.connect()
    ada = travel.browser("ada")
    travel.provider.drop_scopes = (SEND,)

    page = travel.round_trip(ada.client, ada.post(f"{WIZARD}/loop")).text

    assert "unticked" in page
    assert SEND in page
    assert LoopTest.select().count() == 0
    assert Secret.select().where(Secret.owner_type == "loop_test").count() == 0


def test_before_the_keys_and_the_pilot_there_is_no_loop(travel):
    ada = travel.browser("ada")
    assert ada.post(f"{WIZARD}/loop").status_code == 422
    travel.connect()

    page = ada.get(WIZARD).text

    assert "Try it with one mailbox first" in page
    assert "Comes after the loop test" in page


def test_the_wizard_ends_when_a_test_has_passed(travel, world):
    test = made(world)
    ada = travel.browser("ada")
    assert "Comes after the loop test" in ada.get(WIZARD).text
    Connection.update(
        detail={"pilot": "alice@ours.test", "loop_at": clock.now().isoformat()}
    ).execute()

    page = ada.get(WIZARD).text

    assert "Comes after the loop test" not in page
    assert f"{PAGE}/{test.id}" in page


def test_a_worker_that_does_not_come_is_said(travel, world):
    test = made(world, created_at=clock.now() - timedelta(seconds=30))

    assert "No worker has come" in travel.browser("ada").get(f"{PAGE}/{test.id}").text


def test_a_test_of_another_organisation_is_not_there(travel, world):
    mallory = world.users["mallory"]
    test = made(world)
    LoopTest.update(org_id=mallory.org_id).execute()

    assert travel.browser("ada").get(f"{PAGE}/{test.id}").status_code == 404


def test_another_admin_sees_the_steps_and_no_row_of_the_feed(travel, world):
    stamped = world.send()
    record(hit(world.open_token(stamped)))
    test = made(world, user_id=world.alice.id, stamp_id=stamped.id)
    walked(test)

    page = travel.browser("ada").get(f"{PAGE}/{test.id}").text

    assert "It works" in page
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
