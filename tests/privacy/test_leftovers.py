"""What goes beside mail and meetings, and what of others stays."""

from backend import clock, db
from backend.models.people import Person, PersonAddress
from backend.people import merging
from backend.people.changing import change
from backend.people.values import Actor
from backend.privacy import erasing, removing
from tests.capture.letters import mailbox_of
from tests.capture.taking import Report, Taking, messages, sent_copy
from tests.world import CAROL, DANA

ERIK = "erik@harbour.test"


def erase(world, address=CAROL):
    erasing.ask(world.alice.org_id, "ada@ours.test", address)
    while removing.step():
        pass


def test_what_somebody_else_has_too_stays_hers(world):
    office = "office@northwind.test"
    for name in ("carol", "dana"):
        person = world.people[name]
        PersonAddress.create(org_id=person.org_id, person_id=person.id, address=office)

    erase(world)

    left = {each.address for each in PersonAddress.select()}
    assert {office, DANA} <= left
    assert CAROL not in left
    assert Person.get_or_none(Person.id == world.people["dana"].id) is not None


def test_a_merge_that_still_tells_of_an_address_that_was_taken_away_goes(world):
    org_id, dana = world.alice.org_id, world.people["dana"]
    other = Person.create(org_id=org_id, kind="contact", name="O", source="csv", external_id="o")
    PersonAddress.create(org_id=org_id, person_id=other.id, address="old@there.test")
    merging.merge(Actor(org_id, "ada"), dana.id, other.id)
    change(Actor(org_id, "ada"), dana.id, {"addresses": (DANA,)})

    erase(world, "old@there.test")

    assert db.one("SELECT count(*) FROM person_merge") == (0,)
    assert Person.get_by_id(dana.id).name == "Dana"


def test_a_mail_that_came_back_from_others_too_still_says_so(world):
    take, mailbox = Taking(), mailbox_of(world.alice)
    both = world.send(CAROL, ERIK)
    take(mailbox, sent_copy(both, headers={"Cc": ERIK}), is_sent=True)
    take(mailbox, Report())
    message_id = world.message(both).id
    report_id = next(each["id"] for each in messages() if each["kind"] == "bounce")
    db.execute(
        "INSERT INTO bounce (id, org_id, report_id, message_id, address, action, code, reason,"
        " is_hard, occurred_at) VALUES (%s, %s, %s, %s, %s, 'failed', '5.1.1', '', %s, %s)",
        [clock.new_id(), world.alice.org_id, report_id, message_id, ERIK, True, clock.now()],
    )

    erase(world)

    assert db.rows("SELECT address FROM bounce") == [(ERIK,)]
    assert world.message(both).is_bounced
    assert world.engagements(both) == []


def test_the_only_bounce_of_a_mail_takes_its_mark_along(world):
    take, mailbox = Taking(), mailbox_of(world.alice)
    both = world.send(CAROL, ERIK)
    take(mailbox, sent_copy(both, headers={"Cc": ERIK}), is_sent=True)
    take(mailbox, Report())
    was = world.message(both).is_bounced

    erase(world)

    assert (was, world.message(both).is_bounced) == (True, False)
    assert [each["kind"] for each in messages()] == [""]
