"""The command line: `python -m backend COMMAND`, each with --help.

A command takes the parsed arguments and the settings and returns the exit code; errors of ours
become one line on standard error and exit code 1.
"""

import argparse
import sys
from collections.abc import Sequence

from backend import settings as settings_module
from backend.cli import health, people, servers, tracking, users
from backend.errors import TelltaleError
from backend.serve import logs


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        settings = settings_module.load()
        logs.configure(settings.log_level)
        code: int = chosen.run(chosen, settings)
    except TelltaleError as error:
        for line in error.detail.splitlines():
            print(line, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m backend", description="Telltale")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for part in (servers, users, people, tracking, health):
        part.add_commands(commands)
    return parser
