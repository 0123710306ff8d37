"""Commands about what is held of somebody outside."""

import argparse
import os
from pathlib import Path

from backend.cli.commands import Commands, add, opened
from backend.cli.users import organization_named
from backend.insights.telling import COMMAND_LINE
from backend.privacy import exporting, holdings
from backend.privacy.subjects import Subject, subject_of
from backend.settings import Settings


def add_commands(commands: Commands) -> None:
    """Declare held."""
    parser = add(commands, "held", _held, "Say what is held about whoever has an address")
    parser.add_argument("address", metavar="ADDRESS")
    parser.add_argument("--copy", metavar="FILE", type=Path, help="also write all of it, as JSON")
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


def _write(path: Path, subject: Subject) -> None:
    # For its owner alone, from its first byte on.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.writelines(exporting.as_json(subject, COMMAND_LINE))
