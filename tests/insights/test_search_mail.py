"""Mails by their words, whether few have them or many: the same answer."""

import pytest

from backend import clock
from backend.insights.questions import FEW
from backend.insights.search_mail import AT_ONCE, Sender, Shares, links, mails
from backend.tracking import mail_index


@pytest.mark.parametrize("few", [0, 1, FEW])
@pytest.mark.parametrize("tokens", [["offer"], ["offer", "1"], ["1", "offer"], ["nothing"]])
def test_the_answer_is_the_same_for_few_and_many(world, few, tokens):
    for number in (1, 2, 11):
        world.send(subject=f"Offer {number}")
    mail_index.write()
    sender = Sender(world.alice.id, Shares.ALL)

    found = [mail["subject"] for mail in mails([sender], tokens, 10, few)]

    wanted = {("offer",): ["Offer 11", "Offer 2", "Offer 1"], ("nothing",): []}
    assert found == wanted.get(tuple(tokens), ["Offer 11", "Offer 1"])


def test_many_senders_are_asked_in_lots_and_nobody_is_left_out(world):
    world.send(subject="Offer")
    mail_index.write()
    strangers = [Sender(clock.new_id(), Shares.WITH_EVERYONE) for _ in range(2 * AT_ONCE + 1)]
    alice = Sender(world.alice.id, Shares.ALL)

    for at in (0, AT_ONCE - 1, AT_ONCE, len(strangers)):
        senders = [*strangers[:at], alice, *strangers[at:]]
        assert [mail["subject"] for mail in mails(senders, ["offer"], 10)] == ["Offer"]
        assert [link["text"] for link in links(senders, ["example.com"], 10)] == ["A"]
