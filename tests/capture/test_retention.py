"""What is past its term goes, with all that is known of it, in steps that can be repeated."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture import purging, retention
from backend.capture.leaving_out import Limits
from backend.insights import metrics, timeline
from backend.insights.people_mail import About
from backend.insights.viewer import Viewer
from backend.models.org import AuditLog
from backend.tracking.facts import Kind
from tests.capture.letters import letter, mailbox_of
from tests.capture.meetings import take_meeting
from tests.capture.taking import OURS, Taking, messages
from tests.world import CAROL, hit, record

YEAR = timedelta(days=365)


@pytest.fixture
def take():
    return Taking()


def grow_old(*ids):
    """Let these messages have come two years ago."""
    db.execute(
        "UPDATE email_message SET captured_at = %s, sent_at = %s, created_at = %s"
        f" WHERE id {db.among('uuid')}",
        [*[clock.now() - 2 * YEAR] * 3, db.many(ids)],
    )


@pytest.mark.req("R47")
def test_what_is_past_its_term_goes_and_figures_follow(world, take):
    world.set_policy(retention_days=365)
    mailbox, stamped = mailbox_of(world.alice), world.send(CAROL)
    record(hit(world.open_token(stamped)), hit(world.click_token(stamped), Kind.CLICK))
    take(mailbox, letter(OURS, CAROL, message_id="<old@p.test>"), is_sent=True)
    grow_old(*(row["id"] for row in messages()))
    take(mailbox, letter(OURS, CAROL, "New", message_id="<new@p.test>"), is_sent=True)
    alice = Viewer(world.alice.id, world.alice.org_id)
    carol = About([world.people["carol"].id], [CAROL])
    targets = db.one("SELECT count(*) FROM link_target")

    gone = retention.step()

    assert gone == 2
    assert [row["subject"] for row in messages()] == ["New"]
    assert metrics.of(alice, carol)["sent_total"] == 1
    assert [each["subject"] for each in timeline.page(alice, carol).items] == ["New"]
    for table in ("stamp", "hit", "engagement", "tracked_link"):
        assert db.one(f"SELECT count(*) FROM {table}") == (0,)
    assert db.one("SELECT count(*) FROM link_target") == targets
    assert db.one("SELECT url FROM link_target LIMIT 1") == ("https://example.com/a",)
    row = AuditLog.get(AuditLog.action == "retention.purged")
    assert (row.detail["mails"], row.detail["meetings"]) == (2, 0)


def test_an_open_of_a_mail_that_is_gone_is_of_nobody(world):
    world.set_policy(retention_days=365)
    stamped = world.send(CAROL)
    token = world.open_token(stamped)
    grow_old(*(row["id"] for row in messages()))
    retention.step()

    record(hit(token))

    assert db.one("SELECT count(*) FROM hit") == (0,)


def test_without_a_term_everything_stays(world, take):
    world.set_policy(retention_days=None)
    take(mailbox_of(world.alice), letter())
    grow_old(messages()[0]["id"])

    assert retention.step() == 0
    assert len(messages()) == 1


def test_a_step_is_bounded_and_the_next_goes_on(world):
    world.set_policy(retention_days=365)
    count, old = retention.BATCHES * purging.STEP + 3, clock.now() - 2 * YEAR
    names = ("id", "org_id", "user_id", "direction", "status", "subject", "created_at")
    alice = world.alice
    db.insert_rows(
        "email_message",
        names,
        [(clock.new_id(), alice.org_id, alice.id, "sent", "sent", "x", old) for _ in range(count)],
    )

    steps = [retention.step() for _ in range(3)]

    assert steps == [retention.BATCHES * purging.STEP, 3, 0]


def test_meetings_go_by_their_end_and_do_not_come_back(world):
    world.set_policy(retention_days=365)
    mailbox, limits = mailbox_of(world.alice), Limits(keeps_since=clock.now() - YEAR)
    for days in (-366, -364, 200):
        take_meeting(mailbox, days, str(days))
    db.execute("UPDATE calendar_event SET captured_at = %s", [clock.now() - 2 * YEAR])

    gone = retention.step()
    take_meeting(mailbox, -366, limits=limits)
    take_meeting(mailbox, -364, "-364", limits=limits)

    assert gone == 1
    assert db.rows("SELECT subject FROM calendar_copy ORDER BY subject") == [
        ("-364",), ("-364",), ("200",),
    ]  # fmt: skip
    assert db.rows("SELECT rule FROM capture_decision") == [("retention",)]


def test_why_mail_was_left_out_is_known_for_a_month(world, take):
    mailbox = mailbox_of(world.alice)
    for number in (1, 2):
        take(mailbox, letter("no-reply@shop.test", message_id=f"<{number}@s.test>"))
    db.execute(
        "UPDATE capture_decision SET decided_at = %s WHERE remote_id = 'p1'",
        [clock.now() - timedelta(days=31)],
    )

    retention.step()

    assert db.rows("SELECT remote_id FROM capture_decision") == [("p2",)]
