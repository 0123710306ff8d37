"""A bad day of the playground's Google: calls fail, and the sync comes to the same end."""

import pytest

from backend.providers.gmail_mailbox import GmailMailbox
from backend.providers.mail import TryLater
from playground import google_trouble
from playground.gmail_box import READONLY
from tests.world import bearer

ROUNDS = 15


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def gmail(settings, opened):
    yield opened(GmailMailbox, READONLY)
    google_trouble.turn(settings, on=False)


def tried(gmail):
    """How many of so many calls were answered, and why the others were to be tried later."""
    answered, reasons = 0, []
    for _ in range(ROUNDS):
        try:
            gmail.baseline()
            answered += 1
        except TryLater as later:
            reasons.append(later.code)
    return answered, reasons


def test_every_fifth_call_is_to_be_tried_later_while_it_is_on(gmail, client, world):
    assert tried(gmail) == (ROUNDS, [])

    told = client.post("/playground/google/trouble", headers=bearer(world.alice), json={"on": True})
    answered, reasons = tried(gmail)

    assert told.json == {"is_here": False, "is_in_trouble": True}
    assert answered == ROUNDS * 4 // 5
    assert {"rateLimitExceeded", "backendError"} < set(reasons)
    client.post("/playground/google/trouble", headers=bearer(world.alice), json={"on": False})
    assert tried(gmail) == (ROUNDS, [])


def test_the_stage_tells_of_it(settings, client, world):
    google_trouble.turn(settings, on=True)

    state = client.get("/playground/state", headers=bearer(world.alice)).json

    assert state["google"]["is_in_trouble"] is True
    google_trouble.turn(settings, on=False)
