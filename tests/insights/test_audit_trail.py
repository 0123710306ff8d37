"""The audit log: filtered, paged, and taken away whole in a form no spreadsheet runs."""

import csv
from datetime import timedelta

import orjson
import time_machine

from backend import clock
from backend.access import audit
from backend.insights import audit_trail
from backend.insights.audit_trail import AuditQuery
from backend.models import own_access
from backend.models.access import Scope
from backend.people import changing
from backend.people.values import Actor
from tests.capture.letters import mailbox_of
from tests.world import NOON


def note(world, action="user.invited", actor="ada@ours.test", after=0, **detail):
    with time_machine.travel(NOON + timedelta(hours=after), tick=False):
        act = audit.Act(action, "user", world.alice.id)
        audit.note(world.alice.org_id, actor, act, detail)


def of(world, **changes):
    return [row.action for row in audit_trail.page(AuditQuery(world.alice.org_id, **changes))]


def test_it_is_filtered_by_action_actor_and_time_newest_first(world):
    note(world)
    note(world, "user.disabled", after=1)
    note(world, "team.added", "eve@ours.test", after=48)

    assert of(world) == ["team.added", "user.disabled", "user.invited"]
    assert of(world, action="user.") == ["user.disabled", "user.invited"]
    assert of(world, actor="eve@ours.test") == ["team.added"]
    assert of(world, since=NOON + timedelta(minutes=30)) == ["team.added", "user.disabled"]
    assert of(world, until=NOON + timedelta(minutes=30)) == ["user.invited"]
    assert audit_trail.actions_of(world.alice.org_id) == [
        "team.added", "user.disabled", "user.invited",
    ]  # fmt: skip


def test_another_organisations_rows_are_not_in_it(world):
    note(world)

    assert audit_trail.page(AuditQuery(world.users["mallory"].org_id)) == []
    assert audit_trail.actions_of(world.users["mallory"].org_id) == []


def test_every_row_is_exported_over_the_pages(world):
    for number in range(audit_trail.PAGE + 20):
        note(world, after=number / 60, number=number)

    query = AuditQuery(world.alice.org_id)
    lines = [orjson.loads(line) for line in audit_trail.as_jsonl(query)]

    assert [line["detail"]["number"] for line in lines] == list(
        range(audit_trail.PAGE + 19, -1, -1)
    )


def test_no_cell_is_a_formula(world):
    note(world, actor="=HYPERLINK(1)", action="@x")

    text = b"".join(audit_trail.as_csv(AuditQuery(world.alice.org_id))).decode()
    _, row = csv.reader(text.splitlines())

    assert (row[1], row[2]) == ("'=HYPERLINK(1)", "'@x")


def test_whom_it_was_done_to_is_named(world):
    for kind, thing in (("user", world.alice.id), ("mailbox", mailbox_of(world.alice).id)):
        audit.note(world.alice.org_id, "ada@ours.test", audit.Act("x.y", kind, thing))
    audit.note(world.alice.org_id, "ada@ours.test", audit.Act("x.y", "user", "not an id"))

    found = audit_trail.page(AuditQuery(world.alice.org_id))

    assert [row.object_name for row in found] == ["", "alice@ours.test", "alice@ours.test"]


def test_who_did_it_is_told_by_address_and_the_person_by_name(world):
    alice, carol = world.alice, world.people["carol"]
    changing.change(Actor(alice.org_id, alice.id), carol.id, {"consent": "denied"})
    own_access.make_token(alice, Scope.READ, "mine")

    found = audit_trail.page(AuditQuery(alice.org_id))

    assert [(row.action, row.actor, row.object_name) for row in found] == [
        ("token.made", "alice@ours.test", ""),
        ("person.consent", "alice@ours.test", carol.name),
    ]
    assert of(world, actor="alice@ours.test") == ["token.made", "person.consent"]


def test_a_clock_that_runs_ahead_moves_no_act(world):
    own_access.make_token(world.alice, Scope.READ, "before")
    clock.run_ahead_by(lambda: timedelta(days=2))
    try:
        own_access.make_token(world.alice, Scope.READ, "ahead")
    finally:
        clock.run_ahead_by(None)

    ahead, before = audit_trail.page(AuditQuery(world.alice.org_id))

    assert ahead.occurred_at - before.occurred_at < timedelta(days=1)
