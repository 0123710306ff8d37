"""What `serve` starts, and in which order it is stopped."""

import os
import signal
import socket
import subprocess
import sys
from typing import Any

import pytest

from backend.errors import SettingsError
from backend.serve import children_of, serve
from backend.settings import Settings
from tests.processes import ROOT
from tests.waiting import LOOPBACK, free_port, wait_until


def settings_of(tmp_path, **values):
    return Settings(data_dir=tmp_path, secret="s" * 40, **values)


CHILDREN = (
    ("all", {"playground": False}, None, ["app", "edge", "worker", "drain"]),
    (
        "with the playground",
        {"playground": True},
        None,
        ["app", "edge", "worker", "drain", "playground mail host"],
    ),
    ("one alone", {"playground": True}, "edge", ["edge"]),
)


@pytest.mark.parametrize(("why", "values", "only", "names"), CHILDREN, ids=[r[0] for r in CHILDREN])
def test_who_takes_requests_is_stopped_first(tmp_path, why, values, only, names):
    children = children_of(settings_of(tmp_path, **values), only)

    assert [child.name for child in children] == names, why


def test_the_relay_is_one_of_them_where_it_is_asked_for_and_stops_first(tmp_path):
    children = children_of(settings_of(tmp_path, playground=False), has_relay=True)

    assert [child.name for child in children] == ["relay", "app", "edge", "worker", "drain"]


def test_huey_is_stopped_by_sigint(tmp_path):
    ways = {child.name: child.stop_signal for child in children_of(settings_of(tmp_path))}

    assert ways["worker"] == signal.SIGINT
    assert ways["edge"] == signal.SIGTERM


def test_a_taken_port_stops_the_start_before_anything_runs(tmp_path):

    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        settings = settings_of(tmp_path, port=free_port(), edge_port=taken.getsockname()[1])

        with pytest.raises(SettingsError, match="EDGE_PORT"):
            serve(settings, banner=lambda: None, say=print)

    assert list(tmp_path.iterdir()) == []


SAME: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("the relay's and the app's", {"relay_port": 0}, "RELAY_PORT must differ from PORT"),
    (
        "its health and the edge's",
        {"relay_health_port": 1},
        "RELAY_HEALTH_PORT must differ from ED",
    ),
    ("the mail host's and the app's", {"playground": True, "smtp_port": 0}, "SMTP_PORT must"),
)


@pytest.mark.parametrize(("why", "values", "said"), SAME, ids=[row[0] for row in SAME])
def test_two_servers_on_one_port_stop_the_start_before_anything_runs(tmp_path, why, values, said):
    port = free_port(4)
    ports = {"port": port, "edge_port": port + 1, "relay_port": port + 2}
    health = {"relay_health_port": port + 3, "relay_host": LOOPBACK, "playground": False}
    same = {
        name: port + value if name.endswith("port") else value for name, value in values.items()
    }

    with pytest.raises(SettingsError, match=said):
        serve(
            settings_of(tmp_path, **ports | health | same),
            has_relay=True,
            banner=lambda: None,
            say=print,
        )

    assert list(tmp_path.iterdir()) == []


def test_an_edge_alone_comes_up_says_so_and_ends_by_a_signal(tmp_path):

    program = (
        "import sys; from backend import settings, serve;"
        "sys.exit(serve.serve(settings.load(), only='edge',"
        " banner=lambda: print('ready', flush=True), say=print))"
    )
    first = free_port(1)
    env = os.environ | {
        "SECRET": "s" * 20 + "t" * 20,
        "DATA_DIR": str(tmp_path),
        "PORT": str(first),
        "EDGE_PORT": str(first + 1),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        line = process.stdout.readline()
        process.terminate()
        code = process.wait(60)
    finally:
        process.kill()
        process.stdout.close()
    assert (line, code) == ("ready\n", 0)
    wait_until(lambda: not (tmp_path / "hits.db-wal").exists(), 30, "a closed log")
