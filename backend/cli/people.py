"""Commands about contacts and leads."""

import argparse
from pathlib import Path

from backend.cli.commands import Commands, add
from backend.settings import Settings


def add_commands(commands: Commands) -> None:
    """Declare import-people."""
    parser = add(commands, "import-people", _import, "Add and update people from a CSV file")
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--as", dest="email", required=True, metavar="EMAIL", help="who imports")


def _import(arguments: argparse.Namespace, settings: Settings) -> int:
    return 0
