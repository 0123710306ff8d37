"""What every command shares: how it is declared, its database and its progress bar."""

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import peewee

from backend import db
from backend.errors import Invalid, SettingsError
from backend.models.schema import pending
from backend.settings import Settings

Command = Callable[[argparse.Namespace, Settings], int]
Commands = Any  # argparse's subparsers action, whose class has no public name

BAR_WIDTH = 30
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def add(commands: Commands, name: str, run: Command, summary: str) -> argparse.ArgumentParser:
    """Declare a command; returns its parser for arguments."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    parser.set_defaults(run=run)
    return parser


@contextmanager
def opened(settings: Settings) -> Iterator[None]:
    """The database with a connection. Raises SettingsError if it has not been migrated."""
    db.open_store(settings)
    with db.connection():
        missing = pending()
        if missing:
            raise SettingsError(
                f"The database misses {', '.join(missing)}: run `python -m backend migrate` first."
            )
        yield


def short(text: str, most: int, argument: str) -> str:
    """The text without spaces around it. Raises Invalid, which names the argument."""
    bare = text.strip()
    if len(bare) > most:
        raise Invalid(f"{argument}: must be at most {most} characters.")
    if _CONTROL.search(bare):
        raise Invalid(f"{argument}: must be one line, without control characters.")
    return bare


def is_broken(error: Exception) -> bool:
    """Whether the file is no database of SQLite's, or torn: what it raises has no closer kind."""
    return type(error) is peewee.DatabaseError


def advice(settings: Settings) -> str:
    """What an operator looks at first when the database is away or broken."""
    if settings.database_url:
        return "check DATABASE_URL and the server"
    return f"see that {settings.main_db} is its file, and that its disk can be written and has room"


def progress(done: int, total: int, what: str) -> None:
    """Draw a bar on a terminal; elsewhere nothing. `total` 0 = unknown."""
    if not sys.stderr.isatty():
        return
    if total:
        filled = BAR_WIDTH * min(done, total) // total
        bar = "#" * filled + "-" * (BAR_WIDTH - filled)
        text = f"\r[{bar}] {done:,} of {total:,} {what}"
    else:
        text = f"\r{done:,} {what}"
    sys.stderr.write(text + ("\n" if total and done >= total else ""))
    sys.stderr.flush()
