import pytest

from backend.models.people import ConsentRecord, Person
from backend.people.batches import merge
from backend.people.changing import change
from backend.people.columns import Entry
from backend.people.finding import one
from backend.people.proof import FILE
from backend.people.values import Actor


@pytest.fixture
def actor(world):
    return Actor(world.alice.org_id, world.alice.id, FILE)


def counts(outcome):
    return outcome.added, outcome.updated, outcome.unchanged, len(outcome.faults)


def entry(external_id, row=2, **given):
    return Entry(row, "test", external_id, given)


def test_rows_add_update_or_leave(actor):
    outcome = merge(
        actor,
        [
            entry("new", addresses=("new@x.test",)),
            entry("carol", company="Northwind"),
            entry("leo", name="Leo"),
        ],
    )

    assert counts(outcome) == (1, 1, 1, 0)


def test_a_key_that_comes_twice_is_applied_twice(actor):
    outcome = merge(
        actor,
        [entry("new", name="Ann"), entry("new", name="Anne"), entry("new", company="Acme")],
    )

    assert counts(outcome) == (1, 2, 0, 0)
    made = Person.get(Person.external_id == "new")
    assert (made.name, made.company) == ("Anne", "Acme")


def test_addresses_are_gathered_and_the_first_is_the_primary_one(world, actor):
    merge(actor, [entry("carol", addresses=("new@x.test",))])

    found = one(actor.org_id, world.people["carol"].id)
    assert found.addresses == ("new@x.test", "carol@northwind.test")
    assert found.account.domain == "x.test"


def test_custom_fields_are_gathered(world, actor):
    merge(actor, [entry("carol", custom={"a": "1", "b": "1"})])
    merge(actor, [entry("carol", custom={"b": "2"})])

    assert one(actor.org_id, world.people["carol"].id).custom == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("why", "given"),
    [
        ("too many addresses in all", {"addresses": tuple(f"{n}@x.test" for n in range(50))}),
        ("custom fields too large in all", {"custom": {str(n): "x" * 2000 for n in range(9)}}),
    ],
)
def test_a_row_that_cannot_be_merged_changes_nothing(world, actor, why, given):
    outcome = merge(actor, [entry("carol", row=7, company="X", **given)])

    assert counts(outcome) == (0, 0, 0, 1), why
    assert outcome.faults[0].row == 7
    assert one(actor.org_id, world.people["carol"].id).company == ""


@pytest.mark.req("R74")
def test_a_file_takes_back_what_a_file_said(world, actor):
    carol = world.people["carol"]
    merge(actor, [entry("carol", do_not_track=True, consent="denied")])

    outcome = merge(actor, [entry("carol", do_not_track=False, consent="granted")])

    found = one(actor.org_id, carol.id)
    assert (found.do_not_track, found.consent, outcome.notes) == (False, "granted", [])
    assert ConsentRecord.select().where(ConsentRecord.how == FILE).count() == 4


@pytest.mark.req("R74", "R75")
def test_a_file_does_not_lift_a_refusal_made_by_hand(world, actor):
    carol = world.people["carol"]
    change(
        Actor(actor.org_id, world.alice.id), carol.id, {"do_not_track": True, "consent": "denied"}
    )

    outcome = merge(
        actor, [entry("carol", do_not_track=False, consent="granted", company="Northwind")]
    )

    found = one(actor.org_id, carol.id)
    assert (found.do_not_track, found.consent, found.company) == (True, "denied", "Northwind")
    assert [note.column for note in outcome.notes] == ["do_not_track", "consent"]
    assert counts(outcome) == (0, 1, 0, 0)
