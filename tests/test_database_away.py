"""PostgreSQL that stands still or crashes under the running app: what a caller sees of it."""

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from backend import clock
from backend.app import STATEMENT_S
from tests.installation import Installation
from tests.waiting import wait_until

CLIENTS = 8
OTHERS_WAIT_S = 2.0


@pytest.fixture(scope="module")
def site(tmp_path_factory, own_postgres):
    with own_postgres.database() as url:
        made = Installation(tmp_path_factory.mktemp("site"), {"DATABASE_URL": url})
        made.told("migrate")
        made.told("add-user", "ann@ours.test")
        with made.serving("--only", "app"):
            yield made


@pytest.fixture(scope="module")
def headers(site):
    return {"Authorization": f"Bearer {site.token('ann@ours.test')}"}


def me(site, headers):
    """Status, Retry-After and seconds of one request that asks the database."""
    start = clock.monotonic()
    answer = site.ask("GET", "/api/v1/me", headers=headers)
    return answer.status, answer.headers.get("retry-after"), clock.monotonic() - start


def many(site, headers, count):
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(lambda _: me(site, headers), range(count)))


def backends(site, own_postgres):
    name = urlsplit(site.variables["DATABASE_URL"]).path.strip("/")
    return own_postgres.backends(name)


@contextmanager
def stopped(*pids):
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.faults
def test_a_stopped_backend_costs_only_the_request_that_has_it(site, headers, own_postgres):
    many(site, headers, 50)
    one, *_ = backends(site, own_postgres)

    with stopped(one):
        answers = many(site, headers, 200)
    after = many(site, headers, 50)

    slow = [answer for answer in answers if answer[2] > OTHERS_WAIT_S]
    assert len(slow) <= 1, slow
    assert all(seconds < STATEMENT_S + 2 for _, _, seconds in answers)
    assert Counter(status for status, _, _ in answers)[200] >= 199
    assert {status for status, _, _ in after} == {200}


@pytest.mark.faults
def test_a_server_that_stands_still_gets_503_in_time_and_comes_back(site, headers, own_postgres):
    many(site, headers, 50)

    with stopped(own_postgres.server.pid(), *backends(site, own_postgres)):
        answers = many(site, headers, 2 * CLIENTS)
        alive = site.ask("GET", "/healthz")
        ready = site.ask("GET", "/readyz")

    assert {(status, retry) for status, retry, _ in answers} == {(503, "2")}
    assert max(seconds for _, _, seconds in answers) < STATEMENT_S + 3
    assert (alive.status, ready.status) == (200, 503)
    assert ready.headers["content-type"] == "application/problem+json"
    wait_until(lambda: me(site, headers)[0] == 200, 30, "the database's return")


@pytest.mark.faults
def test_a_crash_of_the_server_heals_by_itself(site, headers, own_postgres, fault_rounds):
    for _ in range(fault_rounds):
        many(site, headers, 50)

        own_postgres.restart()
        answers = many(site, headers, 50)

        failed = [answer for answer in answers if answer[0] != 200]
        assert {(status, retry) for status, retry, _ in failed} <= {(503, "2")}
        assert len(failed) <= CLIENTS
        assert {status for status, _, _ in many(site, headers, 50)} == {200}


def test_none_of_this_was_a_surprise_to_us(site, headers):
    many(site, headers, 1)

    assert "unexpected error" not in site.err
    assert "Traceback" not in site.err
