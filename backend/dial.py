"""How far a development installation's clock runs ahead: one number that its processes share.

`data_dir/clock` holds microseconds in eight bytes, and every process maps them into its memory: to
ask costs no system call, and a turn reaches all processes at once. The number only grows, since
ids, cycles and cursors rely on time that never steps back; it outlives a restart for that reason.
"""

import fcntl
import mmap
import os
from datetime import timedelta
from pathlib import Path
from struct import Struct

from backend import clock
from backend.errors import Conflict, Invalid
from backend.settings import Settings

LONGEST = timedelta(days=3650)  # in all; ids and partitions stay within what everything takes
_NUMBER = Struct("=q")  # eight aligned bytes: no process ever sees half of a turn
_MICROSECOND = timedelta(microseconds=1)


class Dial:
    """The number of one installation."""

    def __init__(self, path: Path) -> None:
        """Map the file; make it, at zero, where there is none."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if os.fstat(self._file).st_size < _NUMBER.size:
            os.ftruncate(self._file, _NUMBER.size)
        self._shared = mmap.mmap(self._file, _NUMBER.size)
        # A view of one number: read and written as a whole, where pack_into goes byte by byte.
        self._number = memoryview(self._shared).cast("q")

    def __call__(self) -> timedelta:
        """How far the clock runs ahead."""
        return timedelta(microseconds=self._number[0])

    def turn(self, by: timedelta) -> timedelta:
        """Turn it on by that much; how far the clock then runs ahead.

        Raises Invalid for a step back, or for one that goes too far.
        """
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            turned = self() + by
            if by < timedelta():
                raise Invalid("problems.clock_forward")
            if turned > LONGEST:
                raise Invalid("problems.clock_far")
            self._number[0] = turned // _MICROSECOND
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        return turned


_dials: dict[Path, Dial] = {}


def follow(settings: Settings) -> None:
    """Let this process's clock follow the installation's dial, if it may have one."""
    clock.run_ahead_by(_of(settings) if may_turn(settings) else None)


def may_turn(settings: Settings) -> bool:
    """Whether this installation's clock can be moved: never in production."""
    return settings.env == "development" and bool(settings.playground)


def turn(settings: Settings, by: timedelta) -> timedelta:
    """Move the whole installation's clock on; how far it then runs ahead of the wall.

    Raises Conflict where it cannot be moved, Invalid for a step back or one that goes too far.
    """
    if not may_turn(settings):
        raise Conflict("problems.clock_fixed")
    return _of(settings).turn(by)


def _of(settings: Settings) -> Dial:
    path = settings.clock_file.resolve()
    if path not in _dials:
        _dials[path] = Dial(path)
    return _dials[path]
