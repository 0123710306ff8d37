"""What is held about somebody, kind by kind."""

import pytest

from backend import db
from backend.models.people import PersonAddress
from backend.privacy import holdings
from backend.privacy.subjects import subject_of
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import Taking
from tests.privacy.filled import SECRET_WORDS, TO_BOTH, fill
from tests.world import CAROL, DANA


def test_every_kind_of_row_is_counted(world):
    fill(world)

    found = holdings.counts(subject_of(world.alice.org_id, CAROL))

    assert found == {
        "people": 2,
        "addresses": 1,
        "consents": 1,
        "refusals": 2,
        "mails": 4,
        "meetings": 1,
        "engagements": 4,
        "hits": 3,
        "bounces": 1,
        "address_books": 1,
        "choices": 1,
        "merges": 1,
        "import_faults": 1,
        "set_aside_hits": 1,
        "left_out": 1,
    }


def test_nothing_is_held_of_her_in_an_other_organisation(world):
    fill(world)

    found = holdings.counts(subject_of(world.users["mallory"].org_id, CAROL))

    assert sum(found.values()) == 0


def test_the_text_is_hers_that_she_wrote_or_got_alone(world):
    fill(world)
    subject = subject_of(world.alice.org_id, CAROL)

    texts = [row["text"] or "" for row in holdings.page(subject, "mails").rows]

    assert any(SECRET_WORDS in text for text in texts)
    assert not any(TO_BOTH in text for text in texts)


@pytest.mark.parametrize("other", [DANA, "nobody@knows.test"])
def test_a_text_that_somebody_else_outside_has_too_is_not_hers_alone(world, other):
    mail = letter("alice@ours.test", CAROL, headers={"Cc": other}, text=TO_BOTH)
    Taking()(mailbox_of(world.alice), mail, is_sent=True)

    found = holdings.page(subject_of(world.alice.org_id, CAROL), "mails").rows

    assert [row["text"] for row in found] == [None]


def test_a_colleague_on_the_mail_is_nobody_else(world):
    mail = letter("alice@ours.test", CAROL, headers={"Cc": "new@sub.ours.test"}, text=TO_BOTH)
    Taking()(mailbox_of(world.alice), mail, is_sent=True)

    found = holdings.page(subject_of(world.alice.org_id, CAROL), "mails").rows

    assert [TO_BOTH in row["text"] for row in found] == [True]


def test_a_longer_address_in_a_file_is_not_hers(world):
    fill(world)
    PersonAddress.update(address=DANA).where(PersonAddress.address == CAROL).execute()

    for address, count in ((CAROL, 1), ("arol@northwind.test", 0), ("x_y.test@x", 0)):
        found = holdings.counts(subject_of(world.alice.org_id, address))
        assert found["import_faults"] == count


def test_an_address_in_a_file_is_found_as_people_write_its_domain(world):
    fill(world)
    db.execute(
        "UPDATE people_import_fault SET cells = %s", [db.dumps(["C", "carol@m\u00fcller.test"])]
    )

    for address, count in (("carol@m\u00fcller.test", 1), ("carol@[1.2.3.4]", 0)):
        found = holdings.counts(subject_of(world.alice.org_id, address))
        assert found["import_faults"] == count


def test_pages_go_on_where_the_one_before_ended(world):
    take, mailbox = Taking(), mailbox_of(world.alice)
    for number in range(holdings.PAGE + 1):
        take(mailbox, letter(message_id=f"<{number}@n.test>", subject=f"S{number}"))
    subject = subject_of(world.alice.org_id, CAROL)

    first = holdings.page(subject, "mails")
    second = holdings.page(subject, "mails", first.next)

    assert (len(first.rows), len(second.rows), second.next) == (holdings.PAGE, 1, None)
    assert len({row["subject"] for row in (*first.rows, *second.rows)}) == holdings.PAGE + 1
