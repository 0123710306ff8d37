"""Bounded waits and free ports: the only way tests wait for another process."""

import socket
import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

LOOPBACK = "127.0.0.1"
STEP_S = 0.02


def wait_until(
    predicate: Callable[[], Answer], timeout_s: float = 30, what: str = "the condition"
) -> Answer:
    """Ask again and again until the answer is truthy, and return it.

    Raises TimeoutError that names `what` and the last answer.
    """
    end = time.monotonic() + timeout_s
    while not (answer := predicate()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come true in {timeout_s} s; last: {answer!r}")
        time.sleep(STEP_S)
    return answer


def free_port(following: int = 0) -> int:
    """A TCP port of the loopback address free now, along with the next `following` ports."""
    for _ in range(100):
        first = _any_port()
        if all(_is_free(port) for port in range(first + 1, first + following + 1)):
            return first
    raise LookupError(f"no {following + 1} free ports in a row on {LOOPBACK}")


def is_answering(port: int) -> bool:
    """Whether something accepts connections on that port of the loopback address."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except (OSError, OverflowError):
            return False
        return True
