"""Lays the tests' files into memory where there is room: for most tests the disk took longest.

Each commit of SQLite, PostgreSQL and Valkey waits by fsync until it is on the disk, and the suite
makes some hundred thousand. What it proves does not hang on that: of a killed process the system
keeps what it had written, and the test that cuts the power brings a folder of its own that forgets
(tests/lossy_folder.py). Whoever names a folder by TMPDIR gets that one; `make faults` does.
"""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 * 1024**3  # several times what a whole run takes; a container may have 64 MiB


def install() -> None:
    """Make temporary files there from now on, in this process and in those that it starts."""
    if "TMPDIR" not in os.environ and _has_room():
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _has_room() -> bool:
    return os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM_BYTES
