"""rotate-keys: a new key for the vault, and every stored secret sealed under it."""

import argparse

from backend.access import safe
from backend.cli.commands import Commands, add, opened, progress
from backend.providers.vault import add_key, key_file, open_vault
from backend.settings import Settings


def add_commands(commands: Commands) -> None:
    """Declare rotate-keys."""
    parser = add(commands, "rotate-keys", _rotate, "Seal every stored secret under a new key")
    parser.add_argument(
        "--resume", action="store_true", help="make no new key; go on under the current one"
    )


def _rotate(arguments: argparse.Namespace, settings: Settings) -> int:
    path = key_file(settings)
    if not settings.vault_keys and (not arguments.resume or not path.exists()):
        print(f"New key {add_key(path)} in {path}.")
    vault = open_vault(settings)
    with opened(settings):
        total = safe.outdated(vault)
        done = safe.reseal(vault, lambda count: progress(count, total, "secrets"))
    old = ", ".join(list(vault.ring.keys)[1:])
    print(f"{done:,} secrets sealed anew; all are under {vault.ring.current} now.")
    if old:
        print(f"Backups made before still need {old}; else remove it from the keys.")
    return 0
