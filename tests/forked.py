"""Commands in processes of their own that need not import the product first.

A clean process has imported it and forks for each command: that takes a fifth of the processor time
of `python -m backend`. For modules that run dozens of commands; what begins with the interpreter
(`tests.installation`) is tested by the others.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["backend.cli", "tests.forked"])


def run(
    arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str], timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Run the command with these arguments in the folder, to its end."""
    out, err = folder / "command.out", folder / "command.err"
    given = (arguments, folder, dict(environment), out, err)
    process = _FORKS.Process(target=_command, args=given)
    process.start()
    process.join(timeout_s)
    if process.exitcode is None:
        process.kill()
        raise subprocess.TimeoutExpired(arguments, timeout_s)
    code = process.exitcode
    process.close()
    return subprocess.CompletedProcess(arguments, code, out.read_text(), err.read_text())


def _command(
    arguments: tuple[str, ...], folder: Path, environment: dict[str, str], out: Path, err: Path
) -> None:
    from backend.cli import main  # imported already in the process that forks, and not in a test

    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path, flags in (
        (0, Path(os.devnull), os.O_RDONLY),
        (1, out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, err, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        os.dup2(os.open(path, flags, 0o600), number)
    sys.exit(main(arguments))
