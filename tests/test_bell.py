"""A bell ends a wait, whoever rings it and whenever: a signal in the midst of its lines, too."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from backend.bell import Bell
from tests.processes import ROOT


def test_it_ends_one_wait():
    bell = Bell()
    before = bell.is_rung_in(0)
    bell.ring()

    assert (before, bell.is_rung_in(30), bell.is_rung_in(0)) == (False, True, False)


def test_it_ends_a_wait_that_goes_on():
    bell = Bell()
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(bell.is_rung_in, 30)
        bell.ring()

        assert waits.result()


# A handler is called at each line that Python executes, in its own modules, too.
BESET = """
import signal, sys
from backend.bell import Bell
bell, calls = Bell(), []
def ring(*_):
    calls.append(1)
    bell.ring()
def beset(frame, event, _):
    if event == "line":
        signal.raise_signal(signal.SIGUSR1)
    return beset
signal.signal(signal.SIGUSR1, ring)
sys.settrace(beset)
bell.ring()
rung = bell.is_rung_in(30), bell.is_rung_in(30)
sys.settrace(None)
print(*rung, bool(calls))
"""


def test_a_signal_handler_may_ring_it_at_any_moment():
    done = subprocess.run(
        [sys.executable, "-c", BESET], cwd=ROOT, capture_output=True, text=True, timeout=60
    )

    assert (done.stdout, done.stderr) == ("True True True\n", "")
