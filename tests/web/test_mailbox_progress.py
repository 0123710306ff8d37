"""The panel is told how far its user's mailboxes are; who only stamps is not."""

import pytest

from backend.models.access import Scope
from tests.capture.letters import half_filled, mailbox_of
from tests.world import NOON, bearer

MAILBOXES = "/api/v1/mailboxes"


def test_it_is_told_how_far_ones_own_mailboxes_are(world, client):
    half_filled(mailbox_of(world.alice, state="backfilling", since=NOON))
    mailbox_of(world.alice, address="old@ours.test", state="disconnected")
    mailbox_of(world.users["bob"])

    answer = client.get(MAILBOXES, headers=bearer(world.alice, Scope.READ))

    assert answer.json["mailboxes"] == [
        {
            "address": "alice@ours.test",
            "provider": "google",
            "state": "backfilling",
            "reason": None,
            "code": "",
            "since": "2026-11-20T12:00:00+00:00",
            "capture_mode": "full",
            "done": 2,
            "total": 5,
            "is_estimate": True,
            "is_filled": False,
        }
    ]


def test_it_is_told_why_one_is_not_synced(world, client):
    mailbox_of(world.alice, state="needs_reauth", reason="invalid_grant")

    (told,) = client.get(MAILBOXES, headers=bearer(world.alice, Scope.READ)).json["mailboxes"]

    assert (told["reason"], told["code"]) == ("grant", "invalid_grant")


@pytest.mark.parametrize(("scope", "status"), [(Scope.API, 200), (Scope.STAMP, 403)])
def test_a_token_that_stamps_does_not_see_them(world, client, scope, status):
    mailbox_of(world.alice)

    answer = client.get(MAILBOXES, headers=bearer(world.alice, scope))

    assert answer.status_code == status
    assert ("alice@ours.test" in answer.text) == (status == 200)
