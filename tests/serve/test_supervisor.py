"""The supervisor with toy children: restarts, order of the end, and nothing left behind."""

import os
import signal
import subprocess
import sys

import pytest

from tests.processes import ROOT
from tests.waiting import wait_until


class Supervised:
    """A supervisor in a process of its own, over toys that write to a folder."""

    def __init__(self, folder, children, how):
        self.folder = folder
        self.names = [entry.split(":")[1] for entry in children.split(",")]
        command = [sys.executable, "-m", "tests.serve.toys", how, str(folder), children]
        self.process = subprocess.Popen(command, cwd=ROOT)

    def lines(self, name):
        file = self.folder / name
        return file.read_text().split("\n")[:-1] if file.exists() else []

    def wait_for(self, name, count=1):
        return wait_until(
            lambda: len(self.lines(name)) >= count and self.lines(name), what=f"{count} x {name}"
        )

    def pids(self):
        return [int(self.wait_for(name)[-1]) for name in self.names]


@pytest.fixture
def supervise(tmp_path):
    started = []

    def start(children, how="supervise"):
        started.append(Supervised(tmp_path, children, how))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait(60)


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_banner_comes_once_when_all_are_ready(supervise):
    run = supervise("child:app,child:edge")
    run.wait_for("banner")
    run.process.terminate()

    assert run.process.wait(60) == 0
    assert run.lines("banner") == ["ready"]


def test_a_child_that_dies_is_started_again(supervise):
    run = supervise("child:app,child:edge")
    app, edge = run.pids()

    os.kill(edge, signal.SIGKILL)
    again = int(run.wait_for("edge", 2)[-1])

    assert again != edge
    assert is_alive(app)
    assert run.lines("app") == [str(app)]
    assert run.wait_for("said") == ["edge ended (signal SIGKILL); again in 0.2 s"]


def test_a_child_that_keeps_failing_is_given_ever_more_time(supervise):
    run = supervise("failing:edge")

    said = run.wait_for("said", 3)

    assert [line.rpartition("again in ")[2] for line in said[:3]] == ["0.2 s", "0.4 s", "0.8 s"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_children_are_stopped_one_after_the_other_each_in_its_way(supervise, how):
    run = supervise("child:app,child:edge,child:worker,child:drain")
    run.wait_for("banner")

    run.process.send_signal(how)

    assert run.process.wait(60) == 0
    assert run.lines("ends") == ["app SIGTERM", "edge SIGTERM", "worker SIGINT", "drain SIGTERM"]
    assert run.lines("said") == []


def test_a_signal_may_come_at_any_moment(supervise):
    """Where a system stops a service it tells all of its processes: their ends come at once."""
    run = supervise("child:app,child:edge", "beset")
    run.wait_for("banner")

    run.process.terminate()

    assert run.process.wait(60) == 0
    assert run.lines("ends") == ["app SIGTERM", "edge SIGTERM"]


def test_a_second_signal_means_at_once(supervise):
    run = supervise("stubborn:app,child:drain")
    run.wait_for("banner")
    pids = run.pids()

    run.process.terminate()
    run.wait_for("ends")
    run.process.terminate()

    assert run.process.wait(10) == 0
    assert [is_alive(pid) for pid in pids] == [False, False]


def test_nothing_outlives_a_killed_supervisor(supervise):
    run = supervise("child:app,stubborn:edge")
    pids = run.pids()

    run.process.kill()
    run.process.wait(60)

    wait_until(lambda: not any(is_alive(pid) for pid in pids), 30, "the children's end")


def test_settings_that_cannot_work_end_everything_with_exit_code_1(supervise):
    run = supervise("child:app,unsettled:edge")

    assert run.process.wait(60) == 1
    assert run.lines("said") == []
    assert not is_alive(run.pids()[0])
