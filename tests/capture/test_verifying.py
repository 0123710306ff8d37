"""The record tells what was changed, slipped in, taken out or put elsewhere, and what was not."""

import pytest

from backend import clock, db
from backend.capture import purging, recording, verifying
from backend.capture.messages import adopt, key_of
from backend.capture.verifying import Checked
from backend.models import record
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import OURS, Report, Taking, messages, sent_copy
from tests.world import CAROL


@pytest.fixture
def full(world):
    """Alice's record: a tracked mail that was answered and came back, and five others."""
    take, mailbox, stamped = Taking(), mailbox_of(world.alice), world.stamp(CAROL)
    take(mailbox, sent_copy(stamped), is_sent=True)
    for number in range(5):
        take(mailbox, letter(subject=f"Mail {number}", message_id=f"<{number}@n.test>"))
    written()
    answer = {"In-Reply-To": "<sent-1@provider.test>"}
    take(mailbox, letter(headers=answer, message_id="<a@n.test>"), hours=1)
    take(mailbox, Report(), hours=2)
    written()
    return world.alice.org_id


def written():
    while recording.step():
        pass


def faults(org_id, known=None):
    return [fault.where for fault in verifying.check(org_id, Checked(), lambda _done: None, known)]


def entries(org_id):
    return record.entries(org_id, 0, 1_000)


@pytest.mark.req("R49")
def test_a_record_nobody_touched_is_whole_and_has_no_content(full):
    found = entries(full)

    assert faults(full) == []
    assert [each.what for each in found] == ["captured"] * 6 + ["changed"] + ["captured"] * 2
    assert [each.number for each in found] == list(range(1, 10))
    for word in ("Mail 3", CAROL, OURS, "Offer", "Hello"):
        assert word not in str(db.rows("SELECT * FROM record_entry"))


def test_writing_again_without_a_change_adds_nothing(full):
    db.execute("UPDATE email_message SET record_due = TRUE")

    written()

    assert len(entries(full)) == 9


TAMPERED = {
    "a subject": "UPDATE email_message SET subject = 'x' WHERE subject = 'Mail 1'",
    "a time": "UPDATE email_message SET sent_at = created_at WHERE subject = 'Mail 1'",
    "an answer": "UPDATE email_message SET replied_at = NULL WHERE replied_at IS NOT NULL",
    "a bounce": "UPDATE email_message SET is_bounced = FALSE WHERE is_bounced",
    "a text": "UPDATE message_body SET text = 'x' WHERE text = 'Hello'",
    "a recipient": "UPDATE participant SET address = 'x@y.test' WHERE role = 'to'",
    "a mail that is gone": "DELETE FROM email_message WHERE subject = 'Mail 1'",
    "an entry's time": "UPDATE record_entry SET occurred_at = NULL WHERE number = 3",
    "an entry's kind": "UPDATE record_entry SET what = 'changed' WHERE number = 3",
    "an entry's facts": "UPDATE record_entry SET facts = '{}' WHERE number = 3",
    "an entry's digest": "UPDATE record_entry SET digest = hash WHERE number = 3",
    "facts taken away": "UPDATE record_entry SET facts = NULL, salt = NULL WHERE number = 3",
    "an entry taken out": "DELETE FROM record_entry WHERE number = 3",
    "the first entry taken out": "DELETE FROM record_entry WHERE number = 1",
    "the last entry taken out": "DELETE FROM record_entry WHERE number = 9",
}


@pytest.mark.req("R49")
@pytest.mark.parametrize("statement", TAMPERED.values(), ids=TAMPERED)
def test_what_was_tampered_with_is_found(full, statement):
    if "occurred_at = NULL" in statement:
        statement = statement.replace("NULL", "(SELECT created_at FROM organization LIMIT 1)")

    assert db.execute(statement) > 0

    assert faults(full) != []


def test_entries_in_another_order_are_found(full):
    for number, other in ((3, 100), (4, 3), (100, 4)):
        db.execute("UPDATE record_entry SET number = %s WHERE number = %s", [other, number])

    assert faults(full) != []


def test_a_mail_slipped_in_is_found(full, world):
    db.execute(
        "INSERT INTO email_message (id, org_id, user_id, direction, status, subject, created_at,"
        " captured_at, record_due) VALUES (%s, %s, %s, 'sent', 'sent', 'x', %s, %s, FALSE)",
        [clock.new_id(), full, world.alice.id, clock.now(), clock.now()],
    )

    assert len(faults(full)) == 1


def test_a_chain_written_anew_or_cut_off_is_found_by_a_head_that_was_kept(full):
    kept = record.head(full)
    assert faults(full, kept) == []

    db.execute("DELETE FROM record_entry")
    db.execute("UPDATE email_message SET record_due = TRUE")
    written()

    assert faults(full) == []
    assert faults(full, kept) != []


def test_a_purge_leaves_the_chain_whole_and_nothing_of_the_mail(full):
    gone = [row["id"] for row in messages() if row["subject"] in {"Mail 1", "Mail 2"}]
    kept = record.head(full)

    with db.transaction():
        purging.purge(gone)
    at_once = faults(full, kept)
    written()

    assert at_once == faults(full, kept) == []
    assert [each.what for each in entries(full)][-2:] == ["purged", "purged"]
    left = [each for each in entries(full) if each.message_id in gone]
    assert {(each.facts, each.salt) for each in left} == {(None, None)}


def test_a_tracked_mail_that_is_let_go_may_be_captured_again(full):
    tracked = next(row["id"] for row in messages() if row["direction"] == "sent")
    with db.transaction():
        purging.let_go([tracked], "excluded")
    written()
    between = faults(full)
    db.execute(
        "UPDATE email_message SET captured_at = %s, record_due = TRUE WHERE id = %s",
        [clock.now(), tracked],
    )
    written()

    assert between == faults(full) == []
    whats = [each.what for each in entries(full) if each.message_id == tracked]
    assert whats == ["captured", "changed", "purged", "captured"]


def test_what_waits_to_be_written_is_counted_and_no_fault(full):
    checked = Checked()
    db.execute("UPDATE email_message SET subject = 'x', record_due = TRUE WHERE subject = 'Mail 1'")

    found = list(verifying.check(full, checked, lambda _done: None))

    assert (found, checked.waiting) == ([], 1)


def test_what_was_captured_before_its_stamp_was_known_goes_without_a_fault(full, world):
    other = next(row["id"] for row in messages() if row["subject"] == "Mail 1")
    stamped = world.message(world.stamp(CAROL))

    with db.transaction():
        adopt(stamped.id, key_of(other), other)
    at_once = faults(full)
    written()

    assert at_once == faults(full) == []
