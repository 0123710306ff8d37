"""Mails by their words, whether few have them or many: the same answer."""

import pytest

from backend.insights.questions import FEW
from backend.insights.search_mail import Sender, Shares, mails
from backend.tracking import mail_index


@pytest.mark.parametrize("few", [0, 1, FEW])
@pytest.mark.parametrize("tokens", [["offer"], ["offer", "1"], ["1", "offer"], ["nothing"]])
def test_the_answer_is_the_same_for_few_and_many(world, few, tokens):
    for number in (1, 2, 11):
        world.send(subject=f"Offer {number}")
    mail_index.write()
    sender = Sender(world.alice.id, Shares.ALL)

    found = [mail["subject"] for mail in mails(sender, tokens, 10, few)]

    wanted = {("offer",): ["Offer 11", "Offer 2", "Offer 1"], ("nothing",): []}
    assert found == wanted.get(tuple(tokens), ["Offer 11", "Offer 1"])
