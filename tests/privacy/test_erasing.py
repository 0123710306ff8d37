"""An erasure asked for: what is kept out from that moment on, and what lets it come again."""

import io

import pytest

from backend import db
from backend.capture import items
from backend.capture.address_book import take_in as take_entry
from backend.capture.leases import LeaseLost, holding
from backend.capture.leases import take as take_lease
from backend.capture.limits import limits_of
from backend.errors import Conflict, Invalid, NotFound
from backend.models.erasures import digest_of, erasures_of
from backend.models.mailboxes import Mailbox
from backend.models.people import Person
from backend.people import adding, changing, importing
from backend.people.values import Actor
from backend.privacy import erasing, removing
from backend.providers.contacts import Entry
from backend.tracking import refusals
from backend.tracking.facts import Kind
from backend.tracking.policy import Decision, Reason, judge_by_own_policy, policy_of
from backend.tracking.policy import refusals as refused_by
from tests.capture.letters import letter, mailbox_of
from tests.capture.meetings import take_meeting
from tests.capture.taking import Report, Taking, messages, one_behind_the_other
from tests.world import CAROL, DANA, hit, record

ADA = "ada@ours.test"


@pytest.fixture
def org_id(world):
    return world.alice.org_id


def erased(org_id, address=CAROL):
    made = erasing.ask(org_id, ADA, address)
    while removing.step():
        pass
    return made


def test_mail_of_the_erased_is_left_out_and_other_mail_is_not(world, org_id):
    mailbox = mailbox_of(world.alice)
    erased(org_id)
    take = Taking(limits_of(Mailbox.get_by_id(mailbox.id)))

    rules = [
        take(mailbox, letter(CAROL, message_id="<1@n.test>")),
        take(mailbox, letter(DANA, headers={"Cc": CAROL}, message_id="<2@n.test>")),
        take(mailbox, Report()),
        take(mailbox, letter(DANA, message_id="<3@n.test>")),
    ]

    assert rules == ["forgotten", "forgotten", "forgotten", items.CAPTURED]
    assert len(messages()) == 1
    assert db.one("SELECT count(*) FROM bounce") == (0,)


def test_meetings_of_the_erased_are_left_out(world, org_id):
    mailbox = mailbox_of(world.alice)
    erased(org_id)

    take_meeting(mailbox, 1, limits=limits_of(mailbox))

    assert db.one("SELECT count(*) FROM calendar_event") == (0,)
    assert db.rows("SELECT rule FROM capture_decision") == [("forgotten",)]


def test_a_page_that_was_being_taken_in_is_taken_in_anew(world, org_id):
    mailbox = mailbox_of(world.alice)
    lease = take_lease(mailbox.id, "worker")

    erasing.ask(org_id, ADA, CAROL)

    with pytest.raises(LeaseLost), holding(lease):
        pass


def test_an_address_book_does_not_bring_her_back(world, org_id):
    mailbox = mailbox_of(world.alice)
    erased(org_id)

    entry = Entry("b1", "Carol", (CAROL, "carol@elsewhere.test"))
    outcome = take_entry(mailbox, entry, limits_of(mailbox), 1)

    assert outcome.rule == "forgotten"
    assert db.rows("SELECT rule, written FROM book_entry") == [("forgotten", {})]


def test_nobody_is_added_or_changed_to_have_the_address(org_id, world):
    dana = world.people["dana"].id
    erased(org_id)
    actor = Actor(org_id, ADA)

    with pytest.raises(Conflict, match="erased on request"):
        adding.add(actor, {"name": "Carol", "addresses": (CAROL,)})
    with pytest.raises(Conflict, match="erased on request"):
        changing.change(actor, dana, {"addresses": (DANA, CAROL)})
    changing.change(actor, dana, {"name": "Dana D."})
    adding.add(Actor(world.users["mallory"].org_id, ADA), {"addresses": (CAROL,)})
    assert Person.select().where(Person.org_id == org_id, Person.name == "Carol").count() == 0


def test_rows_of_files_with_the_address_fail_and_the_others_come(org_id):
    erased(org_id)
    file = io.BytesIO(f"name,email\nCarol,{CAROL}\nEve,eve@there.test\n".encode())

    report = importing.import_file(Actor(org_id, ADA), file)

    assert (report.added, report.failed) == (1, 1)
    assert [(each.row, each.reason.told()) for each in report.errors] == [
        (2, "has an address that was erased on request")
    ]


def test_whoever_is_written_to_again_is_not_measured(world, org_id):
    erased(org_id)

    _, judged = judge_by_own_policy(org_id, [CAROL, DANA])
    stamped = world.send(CAROL)

    assert (judged[CAROL].decision, judged[CAROL].reason) == (Decision.LEAVE, Reason.ERASED)
    assert refused_by(org_id, policy_of(org_id), [CAROL]) == {CAROL: Reason.ERASED}
    assert stamped.reason == "erased"


def test_a_refusal_outlives_the_erasure_and_its_lifting(world, org_id):
    stamped = world.send(CAROL)
    copy = db.one("SELECT unsubscribe_token FROM stamp_copy WHERE stamp_id = %s", [stamped.id])
    record(hit(copy[0], Kind.UNSUBSCRIBE, headers={"action": refusals.STOP}))
    made = erased(org_id)

    erasing.lift(org_id, ADA, made.id)

    assert judge_by_own_policy(org_id, [CAROL])[1][CAROL].reason == Reason.CONSENT_DENIED
    kept = {address for (address,) in db.rows("SELECT address FROM suppression")}
    assert digest_of(org_id, CAROL) in kept
    assert CAROL not in kept


def test_lifted_it_may_come_again(world, org_id):
    mailbox, made = mailbox_of(world.alice), erased(org_id)

    erasing.lift(org_id, ADA, made.id)
    erasing.lift(org_id, ADA, made.id)

    assert erasing.at(org_id, CAROL) is None
    assert judge_by_own_policy(org_id, [CAROL])[1][CAROL].decision == Decision.TRACK
    assert Taking(limits_of(mailbox))(mailbox, letter(CAROL)) == items.CAPTURED
    adding.add(Actor(org_id, ADA), {"name": "Carol", "addresses": (CAROL,)})


def test_one_that_is_under_way_is_not_lifted_and_is_one_however_often_it_is_asked(org_id):
    made = erasing.ask(org_id, ADA, CAROL)

    with pytest.raises(Conflict):
        erasing.lift(org_id, ADA, made.id)
    assert erasing.ask(org_id, ADA, CAROL.upper()).id == made.id
    assert [each.id for each in erasures_of(org_id)] == [made.id]


@pytest.mark.parametrize(("address", "error"), [("nobody", Invalid), ("bob@ours.test", Conflict)])
def test_what_cannot_be_erased_is_refused(org_id, address, error):
    with pytest.raises(error):
        erasing.ask(org_id, ADA, address)
    assert erasures_of(org_id) == []


def test_an_other_organisations_erasure_is_not_there(world, org_id):
    made, theirs = erased(org_id), world.users["mallory"].org_id

    with pytest.raises(NotFound):
        erasing.one(theirs, made.id)
    with pytest.raises(NotFound):
        erasing.lift(theirs, "mallory@other.test", made.id)
    assert erasing.at(theirs, CAROL) is None
    assert judge_by_own_policy(theirs, [CAROL])[1][CAROL].reason != Reason.ERASED


def test_who_is_being_added_meanwhile_is_erased_too(org_id, world):
    eve = "eve@there.test"

    def add():
        adding.add(Actor(org_id, ADA), {"name": "Eve", "addresses": (eve,)})

    one_behind_the_other(add, lambda: erasing.ask(org_id, ADA, eve))
    while removing.step():
        pass

    assert Person.select().where(Person.name == "Eve").count() == 0
