"""The command line: `python -m backend COMMAND`, each with --help.

A command takes the parsed arguments and the settings and returns the exit code; errors that an
operator can do something about become one clear line on standard error and exit code 1.
"""

import argparse
import sys
from collections.abc import Sequence

from backend import db, dial
from backend import settings as settings_module
from backend.cli import (
    gmail,
    health,
    mailboxes,
    people,
    record,
    relay,
    servers,
    tracking,
    users,
    vault,
)
from backend.errors import TelltaleError
from backend.serve import logs


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = settings_module.load()
        if not hasattr(chosen, "is_start"):
            settings = servers.beside_the_demo(settings)
        logs.configure(settings.log_level)
        dial.follow(settings)
        return int(chosen.run(chosen, settings))
    except TelltaleError as error:
        return _refuse(error.detail)
    except db.AWAY as error:
        told = next(iter(str(error).splitlines()), type(error).__name__)
        return _refuse(f"The database does not answer ({told}): check DATABASE_URL and the server.")
    except UnicodeEncodeError:
        return _refuse("An argument is not UTF-8 text.")
    except OSError as error:
        return _refuse(f"{error.filename or 'The system'}: {error.strerror or error}.")
    except KeyboardInterrupt:
        return 130


def _refuse(lines: str) -> int:
    print(lines, file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    told = "Telltale. What each command is for: docs/operations.md."
    parser = argparse.ArgumentParser(prog="python -m backend", description=told)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for part in (servers, relay, users, people, mailboxes, record, tracking, vault, gmail, health):
        part.add_commands(commands)
    return parser
