"""Commands about what is held of somebody outside, and about erasing it."""

import argparse
import os
import time
from pathlib import Path

from backend.cli.commands import Commands, add, opened
from backend.cli.users import organization_named
from backend.insights.telling import COMMAND_LINE
from backend.privacy import erasing, exporting, holdings, removing
from backend.privacy.subjects import Subject, subject_of
from backend.settings import Settings

REST_S = 0.2


def add_commands(commands: Commands) -> None:
    """Declare held and erase."""
    parser = add(commands, "held", _held, "Say what is held about whoever has an address")
    parser.add_argument("address", metavar="ADDRESS")
    parser.add_argument(
        "--copy", metavar="FILE", type=Path, help="also write all of it, as JSON; not there yet"
    )
    parser.add_argument("--organization", default="", help="its name, if there are several")
    parser = add(commands, "erase", _erase, "Erase all that is held about whoever has an address")
    parser.add_argument("address", metavar="ADDRESS")
    parser.add_argument("--yes", action="store_true", help="it cannot be undone, and shall be done")
    parser.add_argument("--organization", default="", help="its name, if there are several")


def _held(arguments: argparse.Namespace, settings: Settings) -> int:
    with opened(settings):
        org = organization_named(arguments.organization)
        subject = subject_of(org.id, arguments.address)
        for kind, count in holdings.counts(subject).items():
            print(f"{count:>8,}  {kind.replace('_', ' ')}")
        print(f"Reference {subject.reference}")
        if arguments.copy:
            _write(arguments.copy, subject)
    return 0


def _erase(arguments: argparse.Namespace, settings: Settings) -> int:
    with opened(settings):
        org = organization_named(arguments.organization)
        if not arguments.yes:
            held = sum(holdings.counts(subject_of(org.id, arguments.address)).values())
            print(f"{held:,} rows would go, and cannot come back: say --yes.")
            return 1
        made = erasing.ask(org.id, COMMAND_LINE, arguments.address)
        while erasing.one(org.id, made.id).finished_at is None:
            gone = removing.step()
            if not gone:  # the worker is at it
                time.sleep(REST_S)
        row = erasing.one(org.id, made.id)
    for kind, count in row.gone.items():
        print(f"{count:>8,}  {kind.replace('_', ' ')}")
    print(f"Erased; reference {row.reference}")
    return 0


def _write(path: Path, subject: Subject) -> None:
    # For its owner alone, from its first byte on; one that is there may be open to everybody.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.writelines(exporting.as_json(subject, COMMAND_LINE))
