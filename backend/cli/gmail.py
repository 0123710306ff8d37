"""Commands about the Gmail add-on."""

import argparse

from backend.cli.commands import Commands, add
from backend.settings import Settings
from gmail_addon.deployment import text


def add_commands(commands: Commands) -> None:
    """Declare gmail-deployment."""
    add(commands, "gmail-deployment", _print, "Print the Gmail add-on's deployment for Google")


def _print(_arguments: argparse.Namespace, settings: Settings) -> int:
    print(text(settings))
    return 0
