"""Addresses and domains that are never captured: set, previewed, purged from the past."""

import pytest

from backend import db
from backend.capture import exclusions, purging
from backend.capture.exclusions import Scope
from backend.capture.limits import limits_of
from backend.errors import Conflict, Invalid, NotFound
from backend.models.org import AuditLog
from tests.capture.letters import letter, mailbox_of
from tests.capture.meetings import take_meeting
from tests.capture.taking import Taking, messages, sent_copy
from tests.world import CAROL, DANA


@pytest.fixture
def take():
    return Taking()


@pytest.fixture
def ours(world):
    return Scope(world.alice.org_id, "ada@ours.test")


@pytest.fixture
def alices(world):
    return Scope(world.alice.org_id, world.alice.email, world.alice.id)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" Carol@Northwind.TEST ", ("address", CAROL)),
        ("*@Lawyer.test", ("domain", "lawyer.test")),
        ("@lawyer.test", ("domain", "lawyer.test")),
        (".bücher.test", ("domain", "xn--bcher-kva.test")),
    ],
)
def test_addresses_and_domains_are_kept_in_their_normal_form(text, found):
    assert exclusions.read(text) == found


@pytest.mark.parametrize("text", ["", "@", "nobody", "a@", "a b.test", "x\0.test", "<a>.test"])
def test_what_is_neither_is_refused(text):
    with pytest.raises(Invalid):
        exclusions.read(text)


def test_each_scope_has_its_own_list(world, ours, alices):
    exclusions.add(ours, "lawyer.test")
    mine = exclusions.add(alices, "lawyer.test")

    with pytest.raises(Conflict):
        exclusions.add(alices, "LAWYER.test")
    with pytest.raises(NotFound):
        exclusions.one(ours, mine.id)

    exclusions.remove(alices, mine.id)
    assert (len(exclusions.all_of(ours)), exclusions.all_of(alices)) == (1, [])
    actions = [row.action for row in AuditLog.select().order_by(AuditLog.id)]
    assert actions == ["exclusion.added", "exclusion.added", "exclusion.removed"]


def test_a_reps_own_exclusion_holds_for_her_mailboxes_alone(world, alices):
    exclusions.add(alices, "lawyer.test")

    limits = [limits_of(mailbox_of(world.users[name])) for name in ("alice", "bob")]

    assert [each.domains for each in limits] == [frozenset({"lawyer.test"}), frozenset()]


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [
        ("a@lawyer.test", True),
        ("a@mail.lawyer.test", True),
        ("a@notlawyer.test", False),
        ("a@lawyer.test.other.test", False),
        ("lawyer.test@other.test", False),
    ],
)
@pytest.mark.parametrize("role", ["From", "Cc"])
def test_a_preview_finds_what_the_rule_would_leave_out(world, take, ours, text, is_meant, role):
    mail = letter(text) if role == "From" else letter(headers={"Cc": text})
    take(mailbox_of(world.alice), mail)

    found = exclusions.preview(exclusions.add(ours, "lawyer.test"))

    assert (found.mails, found.addresses) == (int(is_meant), [(text, 1)] if is_meant else [])


def test_the_past_is_purged_in_steps_and_nothing_else(world, take, ours):
    mailbox, stamped = mailbox_of(world.alice), world.stamp(CAROL)
    take(mailbox, sent_copy(stamped), is_sent=True)
    for number in range(purging.STEP + 2):
        take(mailbox, letter(message_id=f"<{number}@n.test>"))
    take(mailbox, letter(DANA, message_id="<dana@h.test>"))
    row = exclusions.add(ours, CAROL)

    found = exclusions.preview(row)
    waiting = exclusions.purge_step()
    exclusions.ask_purge(ours, row.id)
    steps = [exclusions.purge_step() for _ in range(3)]

    assert (found.mails, found.stamped, waiting) == (purging.STEP + 3, 1, 0)
    assert steps == [purging.STEP, 3, 0]
    done = exclusions.one(ours, row.id)
    assert (done.purged_count, done.purged_at is not None) == (purging.STEP + 3, True)
    assert len(messages()) == 2
    assert exclusions.preview(done).mails == 0
    left = {rule for (rule,) in db.rows("SELECT DISTINCT rule FROM capture_decision")}
    assert left == {"excluded"}


def test_a_rep_purges_her_own_mailboxes_alone(world, take, ours, alices):
    mail = letter(CAROL, "alice@ours.test, bob@ours.test", message_id="<1@n.test>")
    for name in ("alice", "bob"):
        take(mailbox_of(world.users[name]), mail)
    take(mailbox_of(world.users["mika"]), letter(message_id="<2@n.test>"))
    row = exclusions.add(alices, "northwind.test")

    before = exclusions.preview(row).mails
    exclusions.ask_purge(alices, row.id)
    exclusions.purge_step()

    assert (before, exclusions.preview(row).mails) == (1, 0)
    assert len(messages()) == 2
    assert db.one("SELECT count(*) FROM message_copy") == (2,)


@pytest.mark.parametrize(("scope", "left"), [("ours", 0), ("alices", 1)])
def test_meetings_with_the_excluded_go_too(request, world, scope, left):
    for name in ("alice", "bob"):
        take_meeting(mailbox_of(world.users[name]), -1, uid="same")
    take_meeting(mailbox_of(world.users["mika"]), -2, "With Dana", people=(DANA,))
    held = request.getfixturevalue(scope)
    row = exclusions.add(held, "northwind.test")

    exclusions.ask_purge(held, row.id)
    steps = [exclusions.purge_step() for _ in range(2)]

    rows = db.rows(
        "SELECT c.subject FROM calendar_copy c JOIN calendar_event e ON e.id = c.event_id"
    )
    assert sorted(subject for (subject,) in rows) == sorted(["With Dana", *["Pricing"] * left])
    assert db.one("SELECT count(*) FROM calendar_event") == (1 + left,)
    assert steps == [1, 0]
