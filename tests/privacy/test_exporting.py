"""What is held about somebody as a file."""

import csv
import io
import json

import pytest

from backend.errors import NotFound
from backend.models.org import AuditLog
from backend.privacy import exporting, holdings
from backend.privacy.subjects import subject_of
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import Taking
from tests.privacy.filled import SECRET_WORDS, TO_BOTH, fill
from tests.world import CAROL, DANA


@pytest.fixture
def carol(world):
    return subject_of(world.alice.org_id, CAROL)


@pytest.mark.req("R75")
def test_everything_is_one_object_with_a_list_for_each_kind(world):
    fill(world)
    subject = subject_of(world.alice.org_id, CAROL)

    found = json.loads(b"".join(exporting.as_json(subject, "ada@ours.test")))

    lengths = {name: len(found[name]) for name in holdings.KINDS}
    assert (found["address"], lengths) == (CAROL, holdings.counts(subject))
    assert SECRET_WORDS in json.dumps(found)
    assert TO_BOTH not in json.dumps(found)
    assert DANA not in json.dumps(found["mails"])


def test_nothing_is_an_object_of_empty_lists(carol, world):
    subject = subject_of(world.alice.org_id, "nobody@else.test")

    found = json.loads(b"".join(exporting.as_json(subject, "ada@ours.test")))

    assert [found[name] for name in holdings.KINDS] == [[]] * len(holdings.KINDS)


def test_a_long_history_comes_in_pieces(world):
    take, mailbox = Taking(), mailbox_of(world.alice)
    for number in range(holdings.PAGE + 1):
        take(mailbox, letter(message_id=f"<{number}@n.test>"))

    pieces = list(exporting.as_json(subject_of(world.alice.org_id, CAROL), "ada@ours.test"))

    assert len(json.loads(b"".join(pieces))["mails"]) == holdings.PAGE + 1
    assert len(pieces) > len(holdings.KINDS) + 1


def test_one_kind_is_a_table_that_runs_no_formula(world):
    mail = letter(CAROL, subject="=cmd()", message_id="<1@n.test>")
    Taking()(mailbox_of(world.alice), mail)

    text = b"".join(
        exporting.as_csv(subject_of(world.alice.org_id, CAROL), "mails", "ada@ours.test")
    )

    (row,) = csv.DictReader(io.StringIO(text.decode("utf-8-sig")))
    assert (row["role"], row["address"], row["subject"]) == ("from", CAROL, "'=cmd()")
    assert row["sent_at"].endswith("+00:00") or row["sent_at"] == ""


def test_there_are_no_other_kinds(carol):
    with pytest.raises(NotFound):
        exporting.as_csv(carol, "user", "ada@ours.test")


def test_that_a_copy_was_taken_is_written_down_without_the_address(carol):
    whole = exporting.as_json(carol, "ada@ours.test")
    next(whole)
    whole.close()  # its reader went away
    b"".join(exporting.as_csv(carol, "people", "ada@ours.test"))

    rows = list(AuditLog.select().order_by(AuditLog.id))

    assert [(row.actor, row.action, row.detail["as"], row.detail["rows"]) for row in rows] == [
        ("ada@ours.test", "privacy.copied", "json", 0),
        ("ada@ours.test", "privacy.copied", "csv", 1),
    ]
    assert {row.object_id for row in rows} == {carol.reference}
    assert CAROL not in str([row.__data__ for row in rows])
