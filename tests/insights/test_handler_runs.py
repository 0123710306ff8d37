"""Whether the handler runs: the rep's last run, the admin's coverage."""

from datetime import timedelta

import pytest
import time_machine

from backend import clock
from backend.insights import handler_runs
from backend.models import pairing
from backend.models.handler_runs import Run, note
from backend.models.pairing import OutlookClient


def ran(user, client="web", outcome="stamped", event="send", ms=100):
    note(user.org_id, user.id, Run(client, "1", event, outcome, ms))


def connect(user):
    started = pairing.start(user.email, OutlookClient.WEB)
    pairing.answer(pairing.waiting(started.user_code), user, is_approved=True)


def test_who_never_ran_has_no_last_run(world):
    assert handler_runs.last_run(world.alice.id) is None


def test_the_last_run_says_where_and_what_came_of_it(world):
    ran(world.alice, outcome="network_timeout")
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        ran(world.alice, client="mac")
    ran(world.users["bob"], client="ios")

    last = handler_runs.last_run(world.alice.id)

    assert (last["client"], last["outcome"]) == ("mac", "stamped")


@pytest.mark.req("R3")
def test_coverage_counts_each_client(world):
    for ms in range(1, 21):
        ran(world.alice, ms=ms)
    ran(world.users["bob"], outcome="appended")
    ran(world.users["bob"], outcome="untracked")
    ran(world.users["bob"], outcome="network_timeout")
    ran(world.users["bob"], client="mac")
    ran(world.alice, event="compose", client="ios")
    ran(world.users["mallory"], client="android")

    found = handler_runs.coverage(world.alice.org_id)

    by_client = {each.pop("client"): each for each in found["clients"]}
    assert set(by_client) == {"mac", "web"}
    web = by_client["web"]
    assert (web["users"], web["sends"], web["stamped"], web["failed"]) == (2, 23, 21, 1)
    assert web["p95_ms"] == 100


def test_coverage_names_how_many_have_a_panel_but_no_handler(world):
    connect(world.alice)
    connect(world.users["bob"])
    connect(world.users["mallory"])
    ran(world.alice)

    assert handler_runs.coverage(world.alice.org_id)["users_never"] == 1


def test_coverage_is_of_the_last_30_days(world):
    with time_machine.travel(clock.now() - timedelta(days=31), tick=False):
        ran(world.alice)

    assert handler_runs.coverage(world.alice.org_id)["clients"] == []
