"""The supervisor: starts the children, restarts one that dies, stops them in order."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType

from backend import clock
from backend.bell import Bell

TICK_S = 0.2
FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 30.0
# A child that has lived this long is well again: the next fault starts from the first delay.
WELL_AFTER_S = 30.0
STOP_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep alive: `python -m module arguments...`.

    `stop_signal` asks it to end; huey takes SIGINT, since SIGTERM drops the task it runs.
    """

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM


@dataclass(slots=True)
class _Running:
    child: Child
    process: subprocess.Popen[bytes]
    started_at: float
    failures: int = 0
    restart_at: float = field(default=0.0)


class Supervisor:
    """Runs the children until a signal comes; they are stopped in the order they were given."""

    def __init__(self, children: Sequence[Child], say: Callable[[str], None]) -> None:
        self._children = children
        self._say = say
        self._running: list[_Running] = []
        self._wake = Bell()
        self._stops = 0

    def run(self, is_ready: Callable[[], bool], on_ready: Callable[[], None]) -> int:
        """Start all, call `on_ready` once when `is_ready`, keep them alive; returns the exit code.

        0 after SIGINT, SIGTERM or SIGHUP; 1 if a child says at its first start that its settings
        cannot work (exit code EX_CONFIG).
        """
        self._take_signals()
        is_told = False
        code = 0
        self._running = [self._start(child) for child in self._children]
        while not self._stops and not code:
            if not is_told and is_ready():
                is_told = True
                on_ready()
            self._wake.is_rung_in(TICK_S)
            code = max((self._look_after(running) for running in self._running), default=0)
        self._stop_all()
        return code

    def _start(self, child: Child) -> _Running:
        command = [sys.executable, "-m", "backend.serve.child", str(os.getpid()), child.module]
        # A session of its own: Ctrl-C reaches the supervisor alone, which then stops in order.
        process = subprocess.Popen([*command, *child.arguments], start_new_session=True)  # noqa: S603 (our own modules)
        return _Running(child, process, clock.monotonic())

    def _look_after(self, running: _Running) -> int:
        status = running.process.poll()
        if status is None or self._stops:
            return 0
        at = clock.monotonic()
        if not running.restart_at:
            if status == os.EX_CONFIG and not running.failures:
                return 1
            is_well = at - running.started_at > WELL_AFTER_S
            running.failures = 1 if is_well else running.failures + 1
            delay = min(FIRST_DELAY_S * 2 ** (running.failures - 1), LONGEST_DELAY_S)
            running.restart_at = at + delay
            self._say(f"{running.child.name} ended ({_how(status)}); again in {delay:.1f} s")
        elif at >= running.restart_at:
            running.process = self._start(running.child).process
            running.started_at, running.restart_at = at, 0.0
        return 0

    def _stop_all(self) -> None:
        for running in self._running:
            if running.process.poll() is None:
                running.process.send_signal(running.child.stop_signal)
                self._await_end(running)

    def _await_end(self, running: _Running) -> None:
        until = clock.monotonic() + STOP_TIMEOUT_S
        # A second signal means: at once.
        while self._stops < 2 and clock.monotonic() < until:
            try:
                running.process.wait(TICK_S)
            except subprocess.TimeoutExpired:
                continue
            return
        self._say(f"{running.child.name} did not end by itself and was killed")
        running.process.kill()
        running.process.wait()

    def _take_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCHLD, self._on_child)

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stops += 1
        self._wake.ring()

    def _on_child(self, _number: int, _frame: FrameType | None) -> None:
        self._wake.ring()


def _how(status: int) -> str:
    if status >= 0:
        return f"exit code {status}"
    return f"signal {signal.Signals(-status).name}"
