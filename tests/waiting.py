"""Bounded waits and free ports: the only way tests wait for another process."""

import itertools
import os
import random
import socket
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

Answer = TypeVar("Answer")

LOOPBACK = "127.0.0.1"
STEP_S = 0.02
# Below those that a system gives to connections: Linux from 32768 on, macOS from 49152.
PORTS = range(12_000, 32_768)
BLOCK = 8


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
    """A TCP port of the loopback address free now, along with the next `following` (at most 7).

    Nobody else gets it before it is used: neither a connection, nor another worker of this run,
    nor who asks here next.
    """
    for first in itertools.islice(_BLOCKS, 100):
        if all(_is_free(port) for port in range(first, first + following + 1)):
            return first
    raise LookupError(f"no {following + 1} free ports in a row on {LOOPBACK}")


def is_answering(port: int) -> bool:
    """Whether something accepts connections on that port of the loopback address."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _blocks() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    mine = list(PORTS[worker * BLOCK :: workers * BLOCK])
    random.SystemRandom().shuffle(mine)
    return itertools.cycle(mine)


_BLOCKS = _blocks()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except (OSError, OverflowError):
            return False
        return True
