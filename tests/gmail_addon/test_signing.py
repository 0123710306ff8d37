"""A card's state comes back as it left, for its user, for a day."""

import pytest

from backend.errors import Forbidden
from gmail_addon.signing import LIFE_S, Expired, Order, Signer
from tests.world import NOON, SECRET

SIGNER = Signer.of(SECRET)
ORDER = Order("track", {"compose": "1", "opens": True})


def test_an_order_comes_back_as_it_was():
    assert SIGNER.read("alice", SIGNER.sign("alice", ORDER)) == ORDER


def test_another_user_cannot_use_it():
    with pytest.raises(Forbidden):
        SIGNER.read("mallory", SIGNER.sign("alice", ORDER))


def test_after_a_day_it_is_too_old(time_machine):
    time_machine.move_to(NOON, tick=False)
    text = SIGNER.sign("alice", ORDER)
    time_machine.shift(LIFE_S - 1)
    assert SIGNER.read("alice", text) == ORDER
    time_machine.shift(1)

    with pytest.raises(Expired):
        SIGNER.read("alice", text)


@pytest.mark.parametrize("text", ["", ".", "a.b", "a.b.c", "é.ü", "x" * 5000, "W10.", "%%.%%"])
def test_what_we_did_not_sign_is_refused(text):
    with pytest.raises(Forbidden):
        SIGNER.read("alice", text)


def test_no_changed_character_passes():
    text = SIGNER.sign("alice", ORDER)
    for place in range(0, len(text) - 1, 3):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(Forbidden):
            SIGNER.read("alice", changed)


def test_another_installations_state_is_refused():
    with pytest.raises(Forbidden):
        SIGNER.read("alice", Signer.of("another secret of enough length 0123").sign("alice", ORDER))
