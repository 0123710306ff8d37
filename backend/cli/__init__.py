"""The command line: `python -m backend COMMAND`, each with --help.

A command takes the parsed arguments and the settings and returns the exit code; errors that an
operator can do something about become one clear line on standard error and exit code 1.
"""

import argparse
import sqlite3
import sys
from collections.abc import Sequence

import peewee

from backend import db, dial
from backend import settings as settings_module
from backend.cli import (
    backup,
    commands,
    gmail,
    health,
    mailboxes,
    people,
    privacy,
    record,
    relay,
    servers,
    tracking,
    users,
    vault,
)
from backend.errors import TelltaleError
from backend.serve import logs
from backend.settings import Settings

PARTS = (
    servers,
    relay,
    users,
    people,
    privacy,
    mailboxes,
    record,
    tracking,
    vault,
    backup,
    gmail,
    health,
)


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = settings_module.load()
        if not hasattr(chosen, "is_start"):
            settings = servers.beside_the_demo(settings)
        return _run(chosen, settings)
    except TelltaleError as error:
        return _refuse(error.detail)
    except UnicodeEncodeError:
        return _refuse("An argument is not UTF-8 text.")
    except OSError as error:
        return _refuse(f"{error.filename or 'The system'}: {error.strerror or error}.")
    except KeyboardInterrupt:
        return 130


def _run(chosen: argparse.Namespace, settings: Settings) -> int:
    logs.configure(settings.log_level)
    dial.follow(settings)
    try:
        return int(chosen.run(chosen, settings))
    except (*db.AWAY, peewee.DatabaseError) as error:
        if not isinstance(error, db.AWAY) and not commands.is_broken(error):
            raise
        told = next(iter(str(error).splitlines()), type(error).__name__)
        return _refuse(f"The database does not answer ({told}): {commands.advice(settings)}.")
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:  # the others are a full disk, or our fault
            raise
        return _refuse(
            f"One of hits.db, links.db and queue.db in {settings.data_dir} is no database, or torn"
            f" ({error}): move it away, and bring it back from a backup if there is one."
        )


def _refuse(lines: str) -> int:
    print(lines, file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    told = "Telltale. What each command is for: docs/operations.md."
    parser = argparse.ArgumentParser(prog="python -m backend", description=told)
    parts = parser.add_subparsers(required=True, metavar="COMMAND")
    for part in PARTS:
        part.add_commands(parts)
    return parser
