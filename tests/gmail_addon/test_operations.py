"""A card's buttons can do what is listed, for their user, and nothing else."""

import pytest

from backend.models.mail import Stamp
from backend.models.org import User
from backend.models.people import Person
from gmail_addon.asking import STATE
from gmail_addon.operations import OPERATIONS
from gmail_addon.signing import Order, Signer
from tests.gmail_addon.calling import buttons, state_of
from tests.gmail_addon.conftest import link
from tests.world import CAROL, SECRET


def act(gmail, state):
    return gmail.post("action", gmail.event(**{STATE: state}))


def test_a_card_of_one_user_does_nothing_for_another(gmail, world):
    state = state_of(buttons(gmail.card("compose"))["Track this mail"])
    bob = world.users["bob"]
    link(bob)
    gmail.email = bob.email

    answer = act(gmail, state)

    assert answer.status_code == 403
    assert User.get_by_id(bob.id).preferences == {}


@pytest.mark.parametrize("state", ["", "x", "a.b", "e30.e30"])
def test_an_action_without_a_state_of_ours_is_forbidden(gmail, state):
    assert act(gmail, state).status_code == 403


@pytest.mark.parametrize("name", ["", "perform", "__class__", "home", "answer"])
def test_only_what_is_listed_can_be_asked_for(gmail, world, name):
    assert name not in OPERATIONS
    state = Signer.of(SECRET).sign(world.alice.id, Order(name, {}))

    assert act(gmail, state).status_code == 403


@pytest.mark.req("R41")
def test_an_auditor_only_looks(gmail, world):
    gmail.recipients = [CAROL]
    presses = [
        buttons(gmail.card("compose"))["Track this mail"],
        buttons(gmail.card("compose"))["Insert at the cursor"],
    ]
    add = {"address": "zoe@new.test", "kind": "lead"}
    signed = Signer.of(SECRET).sign(world.alice.id, Order("add_person", add))
    User.update(role="auditor").where(User.id == world.alice.id).execute()

    told = [gmail.press(press) for press in presses] + [gmail.answer("action", **{STATE: signed})]

    said = "This needs the role admin / manager / rep."
    assert {str(each["renderActions"]["action"]) for each in told} == {
        str({"notification": {"text": said}})
    }
    assert said in str(gmail.card("compose"))
    assert (Stamp.select().count(), Person.get_or_none(name="zoe@new.test")) == (0, None)
    assert gmail.press(buttons(gmail.card("home"))["Refresh"])
    assert gmail.turn(gmail.card("settings"), "default_opens", is_on=True)
