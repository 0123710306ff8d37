"""Starts processes that outlive the object that started them."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Held so that Python reaps them when they end, and does not warn of one that still runs.
_STARTED: list[subprocess.Popen[bytes]] = []


def spawn(command: list[str], log: Path, **variables: str) -> int:
    """Start a command apart from our terminal (Ctrl-C reaches only the tests); its process id.

    What it says is appended to `log`; `variables` are added to its environment.
    """
    with log.open("a") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**os.environ, **variables},
        )
    _STARTED.append(process)
    return process.pid
