"""Why a mail was captured or not, asked by who has it."""

import pytest

from backend import db
from backend.capture import why
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import Taking, messages


@pytest.fixture
def seen(world):
    """Alice's mailbox with a mail that was captured (p1) and one that was left out (p2)."""
    take, mailbox = Taking(), mailbox_of(world.alice)
    take(mailbox, letter(message_id="<kept@n.test>"))
    take(mailbox, letter("no-reply@shop.test", message_id="<left@s.test>"))
    return mailbox


@pytest.mark.parametrize("text", ["<left@s.test>", " left@s.test ", "p2"])
def test_a_mail_that_was_left_out_is_known_by_either_id(world, seen, text):
    (answer,) = why.ask(world.alice.id, text)

    assert (answer.mailbox, answer.rule, answer.message_id) == (
        "alice@ours.test",
        "automated",
        None,
    )


@pytest.mark.parametrize("text", ["<kept@n.test>", "kept@n.test", "p1"])
def test_a_captured_one_leads_to_its_record(world, seen, text):
    (answer,) = why.ask(world.alice.id, text)

    assert (answer.rule, answer.message_id) == ("captured", messages()[0]["id"])


def test_nobody_learns_of_anothers_mail(world, seen):
    assert why.ask(world.users["bob"].id, "<left@s.test>") == []
    assert why.ask(world.users["mika"].id, "p1") == []


def test_nothing_of_the_mail_is_kept_but_a_digest(world, seen):
    rows = str(db.rows("SELECT * FROM capture_decision"))

    assert "left@s.test" not in rows
    assert "shop" not in rows
    assert why.counts(seen.id) == [("automated", 1)]


@pytest.mark.parametrize("text", ["", "x" * 5_000, "\ud83d", "%", "<>"])
def test_a_strange_question_has_no_answer(world, seen, text):
    assert why.ask(world.alice.id, text.encode("utf-8", "replace").decode()) == []
