"""One's own mails by words and recipients: the same answer, whatever is rare or not written yet."""

import pytest

from backend import db
from backend.insights import search_sent
from backend.tracking import mail_index
from tests.world import CAROL, LEO


def found(world, question, few):
    where, params = search_sent.condition(world.alice.id, question, few)
    rows = db.rows(
        "SELECT m.subject FROM stamp s JOIN email_message m ON m.id = s.message_id"
        f" WHERE s.user_id = %s AND {where} ORDER BY s.created_at, s.id",
        [world.alice.id, *params],
    )
    return [subject for (subject,) in rows]


@pytest.mark.parametrize("few", [0, 5_000])
@pytest.mark.parametrize(
    ("why", "question", "subjects"),
    [
        ("a word of both", "offer", ["Offer A", "Offer B", "Offer late"]),
        ("one recipient", "carol@northwind.test", ["Offer A", "Offer late"]),
        ("a word and a recipient", "carol late", ["Offer late"]),
        ("a host", "northwind", ["Offer A", "Offer late"]),
        ("an address that is longer than a word", f"{'x' * 60}@long.test", ["Offer B"]),
        ("what was the subject before", "early", []),
    ],
)
def test_a_question_finds_the_same_by_either_way(world, few, why, question, subjects):
    world.send(CAROL, subject="Offer A")
    world.send(LEO, f"{'x' * 60}@long.test", subject="Offer B")
    world.stamp(CAROL, compose_id="again", subject="Offer early")
    mail_index.write()
    world.stamp(CAROL, compose_id="again", subject="Offer late")

    assert found(world, question, few) == subjects, why


def test_whom_a_mail_went_to_is_no_word_of_the_search_over_everybodys(world):
    from backend.insights.search import find
    from backend.insights.viewer import Viewer

    alice = world.alice
    world.send(CAROL, subject="Offer")
    mail_index.write()
    viewer = Viewer(alice.id, alice.org_id, alice.role, alice.team_id)

    for question in ("@carol@northwind.test", "northwind", "carol"):
        assert find(viewer, question).mails == [], question
