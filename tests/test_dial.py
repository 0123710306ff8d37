"""The clock of a development installation: moved on for all of its processes, and never back."""

import subprocess
import sys
from datetime import timedelta

import pytest

from backend import clock, dial
from backend.dial import Dial
from backend.errors import Conflict, Invalid
from backend.settings import Settings
from tests.processes import ROOT
from tests.world import SECRET

HOUR = timedelta(hours=1)
# A process of the installation: it tells how far ahead it is whenever it is asked.
FOLLOWER = """
import sys
from backend import clock, dial, settings
dial.follow(settings.load())
for _ in sys.stdin:
    print(int(clock.ahead().total_seconds()), flush=True)
"""


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path, secret=SECRET, port=8000)


@pytest.fixture
def following(settings):
    dial.follow(settings)
    yield settings
    clock.run_ahead_by(None)


def test_nothing_is_added_until_it_is_turned(following):
    assert clock.ahead() == timedelta()
    assert clock.now() - clock.wall() < timedelta(seconds=1)


def test_the_clock_runs_ahead_and_the_wall_stays(following):
    before = clock.wall()

    told = dial.turn(following, HOUR) + dial.turn(following, timedelta(days=2))

    assert (clock.ahead(), told) == (timedelta(days=2, hours=1), timedelta(days=2, hours=2))
    assert clock.now() - before >= timedelta(days=2, hours=1)
    assert clock.wall() - before < timedelta(seconds=5)


def test_ids_made_after_a_turn_sort_after_those_before_it(following):
    before = clock.new_id()

    dial.turn(following, HOUR)

    assert clock.id_time(clock.new_id()) - clock.id_time(before) >= HOUR


def test_a_turn_reaches_another_process_at_once(following, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", FOLLOWER],
        cwd=ROOT,
        env={"DATA_DIR": str(tmp_path), "SECRET": SECRET, "PATH": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def ask():
            process.stdin.write("?\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        first = ask()
        dial.turn(following, HOUR)
        second = ask()
        process.stdin.close()

    assert (first, second) == (0, 3600)


def test_it_stays_turned_after_a_restart(settings):
    Dial(settings.clock_file).turn(HOUR)

    assert Dial(settings.clock_file)() == HOUR


@pytest.mark.parametrize(
    ("why", "by"),
    [("back", -timedelta(microseconds=1)), ("too far", dial.LONGEST + timedelta(seconds=1))],
)
def test_a_turn_that_cannot_be_is_refused(following, why, by):
    with pytest.raises(Invalid):
        dial.turn(following, by)

    assert clock.ahead() == timedelta(), why


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("production", {"env": "production", "playground": True}),
        ("without the playground", {"playground": False}),
    ],
)
def test_other_installations_have_no_dial(tmp_path, why, changes):
    settings = Settings(data_dir=tmp_path, secret=SECRET, port=8000, **changes)

    dial.follow(settings)

    with pytest.raises(Conflict):
        dial.turn(settings, HOUR)
    assert clock.ahead() == timedelta()
    assert not settings.clock_file.exists(), why
