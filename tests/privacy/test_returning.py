"""Whom a backup brings back is erased anew; the tables of before lie in a schema of their own."""

import pytest

from backend import clock, db
from backend.models.erasures import erased_among, erasures_of
from backend.models.mail import Participant
from backend.models.people import Person
from backend.privacy import erasing, removing, returning
from backend.tracking.policy import policy_of
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import Taking
from tests.world import CAROL, DANA

TABLES = ("erasure", "erased_address")


@pytest.fixture
def before():
    """A schema for the tables of the installation that is replaced."""
    db.execute("CREATE SCHEMA was" if db.is_postgres() else "ATTACH ':memory:' AS was")
    yield "was"
    db.execute("DROP SCHEMA was CASCADE" if db.is_postgres() else "DETACH was")


def put_aside(schema):
    """Have the erasures of now be those of the installation that is replaced."""
    for table in TABLES:
        db.execute(f"CREATE TABLE {schema}.{table} AS SELECT * FROM {table}")
    for table in reversed(TABLES):
        db.execute(f"DELETE FROM {table}")
    db.execute("DELETE FROM suppression")


def run_dry():
    while removing.step():
        pass


def test_whom_the_backup_has_again_is_erased_anew_and_nobody_else(world, before):
    org_id = world.alice.org_id
    erasing.ask(org_id, "ada@ours.test", CAROL)
    erasing.ask(org_id, "ada@ours.test", "never@back.test")
    run_dry()
    put_aside(before)
    Taking()(mailbox_of(world.alice), letter(CAROL))
    Taking()(mailbox_of(world.users["bob"]), letter(DANA, "bob@ours.test"))

    with db.transaction():
        count = returning.carry(before)
    run_dry()

    assert count == 1
    left = {each.address for each in Participant.select()}
    assert (CAROL in left, DANA in left) == (False, True)
    assert Person.get_or_none(Person.id == world.people["dana"].id) is not None
    assert erased_among(org_id, [CAROL, "never@back.test", DANA]) == {CAROL, "never@back.test"}
    assert policy_of(org_id).has_erased
    assert returning.ACTOR in {each.actor for each in erasures_of(org_id)}


def test_an_address_of_which_a_refusal_alone_is_back_is_erased_anew(world, before):
    org_id = world.alice.org_id
    erasing.ask(org_id, "ada@ours.test", "list@only.test")
    run_dry()
    put_aside(before)
    refuse = "INSERT INTO suppression (id, org_id, address, reason, created_at)"
    for address in ("list@only.test", "other@only.test"):
        values = [clock.new_id(), org_id, address, "unsubscribed", clock.now()]
        db.execute(f"{refuse} VALUES (%s, %s, %s, %s, %s)", values)

    with db.transaction():
        count = returning.carry(before)
    run_dry()

    assert count == 1
    left = {address for (address,) in db.rows("SELECT address FROM suppression")}
    assert {each for each in left if each.endswith("only.test")} == {"other@only.test"}


def test_mail_that_was_written_after_an_erasure_which_the_backup_knows_stays(world, before):
    org_id = world.alice.org_id
    erasing.ask(org_id, "ada@ours.test", CAROL)
    run_dry()
    for table in TABLES:
        db.execute(f"CREATE TABLE {before}.{table} AS SELECT * FROM {table}")
    world.send(CAROL)

    with db.transaction():
        count = returning.carry(before)

    assert (count, len(erasures_of(org_id))) == (0, 1)


def test_one_that_is_the_organisations_own_by_now_stays(world, before):
    org_id = world.alice.org_id
    erasing.ask(org_id, "ada@ours.test", "new@ours.test")
    run_dry()
    put_aside(before)
    world.users["bob"].email = "new@ours.test"
    world.users["bob"].save()
    Taking()(mailbox_of(world.alice), letter(DANA, headers={"Cc": "new@ours.test"}))

    with db.transaction():
        assert returning.carry(before) == 0


def test_tables_from_before_there_were_erasures_carry_none(world, before):
    with db.transaction():
        assert returning.carry(before) == 0
