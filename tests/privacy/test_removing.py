"""An erasure carried out: what goes, what stays of others, and what the drain does beside it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from backend import db
from backend.capture import recording, verifying
from backend.capture.verifying import Checked
from backend.models.erasures import GONE
from backend.models.mail import Participant
from backend.models.org import AuditLog, Organization
from backend.models.people import Person
from backend.privacy import erasing, holdings, removing
from backend.privacy.subjects import subject_of
from backend.tracking import mail_index
from backend.tracking.facts import Kind
from backend.tracking.surplus import MOST
from tests.capture.letters import letter, mailbox_of
from tests.capture.meetings import take_meeting
from tests.capture.taking import Taking, messages, one_behind_the_other
from tests.privacy.filled import SECRET_WORDS, TO_BOTH, fill
from tests.waiting import wait_until
from tests.world import CAROL, DANA, hit, record

ERIK = "erik@harbour.test"
ADA = "ada@ours.test"


def erase(world, address=CAROL):
    made = erasing.ask(world.alice.org_id, ADA, address)
    while removing.step():
        pass
    return erasing.one(world.alice.org_id, made.id)


def everything():
    """Every cell of every table as text."""
    return {
        name: repr(db.rows(f'SELECT * FROM "{name}"'))
        for name in db.database.get_tables()
        if "_2" not in name  # a partition's rows are the table's
    }


@pytest.mark.req("R75")
def test_nothing_in_any_table_has_the_address_any_more(world):
    _, both = fill(world)
    while mail_index.write():
        pass
    subject = subject_of(world.alice.org_id, CAROL)

    row = erase(world)
    while mail_index.write():
        pass

    assert [name for name, text in everything().items() if CAROL in text.lower()] == []
    assert [name for name, text in everything().items() if SECRET_WORDS in text] == []
    assert sum(holdings.counts(subject).values()) == 0
    assert row.work is None
    assert row.gone["mails"] == 2
    assert row.gone["mails_with_others"] == 2
    assert (row.gone["people"], row.gone["bounces"], row.gone["meetings"]) == (2, 1, 1)
    assert Person.select().where(Person.name.startswith("C")).count() == 0
    assert world.message(both).subject == "To both"


def test_what_others_did_stays_and_is_counted_anew(world):
    _, both = fill(world)
    before = world.message(both).open_count

    erase(world)

    (left,) = world.engagements(both)
    assert (before, world.message(both).open_count) == (2, 1)
    assert left["kind"] == "open"
    everybody = Participant.select().where(Participant.message_id == world.message(both).id)
    assert {each.address for each in everybody} == {"alice@ours.test", ERIK, GONE}
    assert TO_BOTH in everything()["message_body"]
    opened = db.rows("SELECT address FROM stamp_copy WHERE stamp_id = %s", [both.id])
    assert {address for (address,) in opened} == {ERIK, GONE}


@pytest.mark.req("R74")
def test_links_go_on_and_her_hits_leave_a_count_alone(world):
    alone, both = fill(world)
    tokens = [world.open_token(alone), world.click_token(alone), world.open_token(both, CAROL)]
    erase(world)

    stored = record(
        hit(tokens[0], after=900),
        hit(tokens[1], Kind.CLICK, after=901),
        hit(tokens[2], after=902),
    )

    assert stored == 0
    assert db.rows("SELECT reason, hits FROM dropped_hit") == [("erased", 1)]
    assert db.one("SELECT url FROM link_target WHERE token = %s", [tokens[1]]) is not None
    assert world.message(both).open_count == 1


def test_others_on_a_shared_picture_are_not_taken_for_the_only_reader(world):
    shared = world.send(CAROL, ERIK)
    erase(world)

    assert record(hit(world.open_token(shared))) == 0
    assert world.message(shared).open_count == 0


def test_of_a_flood_of_hers_nothing_is_left_and_the_others_stays(world):
    both = world.send(CAROL, ERIK, per_recipient=True)
    for address in (CAROL, ERIK):
        token = world.open_token(both, address)
        record(*[hit(token, after=60 + n / 100, reader=address) for n in range(MOST + 2)])

    erase(world)

    ((theirs,),) = db.rows("SELECT id FROM stamp_copy WHERE address = %s", [ERIK])
    for table in ("hit", "surplus", "engagement"):
        assert db.rows(f"SELECT DISTINCT copy_id FROM {table}") == [(theirs,)], table


def test_two_erased_on_one_mail_are_one_line(world):
    both = world.send(CAROL, DANA, ERIK)
    erase(world)
    erase(world, DANA)

    rows = Participant.select().where(Participant.message_id == world.message(both).id)
    assert sorted(each.address for each in rows) == ["alice@ours.test", GONE, ERIK]


def test_a_long_history_goes_in_bounded_steps_that_can_be_begun_anew(world):
    take, mailbox = Taking(), mailbox_of(world.alice)
    for number in range(removing.STEP + 5):
        take(mailbox, letter(message_id=f"<{number}@n.test>"))
    take(mailbox, letter(DANA, message_id="<d@h.test>"))

    made = erasing.ask(world.alice.org_id, ADA, CAROL)
    again = erasing.ask(world.alice.org_id, ADA, CAROL)
    steps = [removing.step() for _ in range(4)]

    assert again.id == made.id
    assert steps == [removing.STEP, 5, 1, 0]
    assert erasing.one(world.alice.org_id, made.id).gone["mails"] == removing.STEP + 5
    assert len(messages()) == 1


def test_an_erasure_of_nobody_is_over_at_once(world):
    row = erase(world, "nobody@else.test")

    assert (row.gone, row.finished_at is not None) == ({}, True)


def test_meetings_with_others_keep_their_others(world):
    mailbox = mailbox_of(world.alice)
    take_meeting(mailbox, 1, people=(CAROL, DANA))
    take_meeting(mailbox, 2, people=(CAROL,))

    erase(world)

    found = db.rows("SELECT address FROM attendee ORDER BY address")
    assert (GONE,) in found
    assert (DANA,) in found
    assert db.one("SELECT count(*) FROM calendar_event") == (1,)


def test_an_other_organisation_keeps_its_own(world):
    mallory = world.users["mallory"]
    Taking()(mailbox_of(mallory), letter(CAROL, mallory.email, message_id="<m@n.test>"))
    theirs = Person.create(
        org_id=mallory.org_id, kind="contact", name="Carol", source="manual", external_id="c"
    )
    fill(world)

    erase(world)

    assert subject_of(mallory.org_id, CAROL).addresses == (CAROL,)
    assert holdings.counts(subject_of(mallory.org_id, CAROL))["mails"] == 1
    assert Person.get_by_id(theirs.id).name == "Carol"
    with pytest.raises(Exception, match="no such erasure"):
        erasing.one(mallory.org_id, erasing.ask(world.alice.org_id, ADA, CAROL).id)


def test_the_record_stays_whole(world):
    fill(world)
    while recording.step():
        pass

    erase(world)
    while recording.step():
        pass

    checked = Checked()
    assert list(verifying.check(world.alice.org_id, checked, print)) == []
    assert checked.entries > 0


def test_the_audit_log_has_who_and_how_much_but_not_whom(world):
    fill(world)
    row = erase(world)

    said = [
        (each.actor, each.action, each.detail)
        for each in AuditLog.select().order_by(AuditLog.id)
        if each.action.startswith("privacy")
    ]

    assert [action for _, action, _ in said] == ["privacy.erasure_asked", "privacy.erasure_done"]
    assert {actor for actor, _, _ in said} == {ADA}
    assert said[1][2]["reference"] == row.reference
    assert said[1][2]["mails"] == 2
    assert CAROL not in str(said)


def test_she_leaves_the_admins_list_of_addresses_that_are_never_measured(world):
    world.set_policy(left_addresses=[CAROL, DANA])

    erase(world)

    policy = Organization.get_by_id(world.alice.org_id).policy
    assert policy["left_addresses"] == [DANA]


def test_a_hit_that_comes_in_meanwhile_is_not_left_behind(world):
    _, both = fill(world)
    token = world.open_token(both, ERIK)

    def erase_at_once():
        erasing.ask(world.alice.org_id, ADA, ERIK)
        while removing.step():
            pass

    one_behind_the_other(lambda: record(hit(token, after=500)), erase_at_once)

    copies = db.rows("SELECT id, address FROM stamp_copy WHERE stamp_id = %s", [both.id])
    theirs = [copy_id for copy_id, address in copies if address == GONE]
    assert sorted(address for _, address in copies) == [CAROL, GONE]
    for table in ("hit", "engagement"):
        held = db.rows(f"SELECT copy_id FROM {table} WHERE stamp_id = %s", [both.id])
        assert theirs[0] not in {copy_id for (copy_id,) in held}
    assert world.message(both).open_count == 1


@pytest.mark.req("R75")
def test_one_that_does_not_get_on_holds_up_no_other(world, caplog):
    broken = erasing.ask(world.alice.org_id, ADA, CAROL)
    # As of a version that kept something else there.
    db.execute("UPDATE erasure SET work = %s WHERE id = %s", ['{"people": []}', broken.id])
    other = erasing.ask(world.alice.org_id, ADA, DANA)
    stop = Event()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(removing.run, stop)
        try:
            wait_until(lambda: finished(other), 30, "the other one's end")
        finally:
            stop.set()
        running.result()

    assert not finished(broken)
    assert "an erasure does not get on (KeyError)" in caplog.messages
    assert CAROL not in caplog.text


def finished(erasure):
    return db.one("SELECT finished_at FROM erasure WHERE id = %s", [erasure.id])[0]


def test_a_step_that_fails_says_of_which_erasure_and_leaves_nothing(world):
    broken = erasing.ask(world.alice.org_id, ADA, CAROL)
    db.execute("UPDATE erasure SET work = %s WHERE id = %s", ['{"people": []}', broken.id])

    with pytest.raises(removing.NotErased) as raised:
        removing.step()

    assert raised.value.erasure_id == broken.id
    assert removing.step({broken.id}) == 0
