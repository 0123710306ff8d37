"""backup and restore: the whole installation in one sealed file, and back."""

import argparse
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from backend import clock
from backend.backup import making, restoring
from backend.backup.manifest import Manifest
from backend.backup.restoring import Restored
from backend.cli.commands import Commands, add, progress
from backend.errors import SettingsError
from backend.insights.backups import Standing, State
from backend.models.backups import Backup
from backend.providers.vault import Vault, key_file, open_vault
from backend.settings import Settings

_KIB, _MIB = 1024, 1024 * 1024
_DO = "run `python -m backend backup FILE`, every night"
_ELSE = "made by other means they are not known here: if so, set BACKUP_WITHIN_DAYS=0"


def add_commands(commands: Commands) -> None:
    """Declare backup and restore."""
    parser = add(commands, "backup", _backup, "Write all data to one sealed file, while all runs")
    parser.add_argument("file", type=Path, metavar="FILE", help="must not be there yet")
    parser.add_argument(
        "--verify", action="store_true", help="write nothing: check that FILE can be restored"
    )
    parser = add(commands, "restore", _restore, "Bring a backup into an empty installation")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument(
        "--replace", action="store_true", help="put aside the data that is there, if any"
    )


def _backup(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.verify:
        return _verify(arguments.file, settings)
    vault = open_vault(settings)
    made = making.make(
        settings, vault, arguments.file, lambda rows: progress(rows, 0, "rows written")
    )
    rows = sum(part.rows for part in made.parts.values())
    progress(rows, rows, "rows written")
    size = arguments.file.stat().st_size
    print(f"{_told(made)} are in {arguments.file} ({_sized(size)}).")
    keys = " and ".join(dict.fromkeys([vault.ring.current, *made.vault_keys]))
    print(f"It opens with the vault key {vault.ring.current} alone, and is whole with SECRET")
    print(f"and the vault keys {keys}: none of them is in it. Keep them in another place.")
    if made.hit_log == "stream":
        print("The hit log is a stream in Redis and not in it: back that up by Redis' own means.")
    if fault := making.note(made, size):
        print(f"ATTENTION: the database took no note of it ({fault}); `doctor` does not know it.")
    return 0


def told_of(found: Standing, within_days: int) -> str:
    """What doctor says of the last backup: when, how large, and what to do."""
    if found.last is None:
        if not within_days:
            return "none by `backup`, and none is missed (BACKUP_WITHIN_DAYS=0)"
        if found.state is State.NOT_NEEDED:
            return f"none by `backup` yet; once there is data but the demo's, {_DO}"
        return f"none by `backup` yet: with its disk all data here would be lost; {_DO} ({_ELSE})"
    last = f"Last backup: {_dated(found.last)}, by `backup`"
    if found.state is not State.OLD:
        return last
    days = (clock.now() - found.last.made_at).days
    return f"{last}: {days} days ago, and what came since would be lost; {_DO} ({_ELSE})"


def _dated(backup: Backup) -> str:
    return f"{backup.made_at:%Y-%m-%d %H:%M} UTC, {_sized(backup.size)}"


def _sized(size: int) -> str:
    return f"{size / _MIB:,.1f} MiB" if size >= _MIB else f"{size / _KIB:,.1f} KiB"


def _verify(path: Path, settings: Settings) -> int:
    found = restoring.verify(settings, _vault(settings), path, _reading)
    print(f"{_told(found.manifest)} can be restored. It was made at {found.manifest.made_at}.")
    print(f"The record of mail: {found.entries:,} entries, {found.faults:,} faults.")
    return 1 if found.faults else 0


def _restore(arguments: argparse.Namespace, settings: Settings) -> int:
    done = restoring.restore(
        settings, _vault(settings), arguments.file, _reading, replace=arguments.replace
    )
    print(f"{_told(done.manifest)} are back.")
    if done.migrated:
        print(f"Ran {', '.join(done.migrated)}.")
    if done.hits:
        print(f"{done.hits:,} hits that were not counted yet wait in the hit log for the drain.")
    if done.aside:
        print(f"What was here before is in {done.aside}; remove it when nobody needs it.")
    for line in _warnings(done):
        print(line)
    return 0


def _told(manifest: Manifest) -> str:
    links = manifest.parts["links"].rows
    return f"{manifest.rows:,} rows of {len(manifest.parts) - 2} tables and {links:,} links"


def _warnings(done: Restored) -> list[str]:
    lines = []
    if done.is_other_secret:
        lines.append(
            "ATTENTION: SECRET is not the one of the backup. Links and pictures in mail sent"
            " before are dead until it is: set it before you start."
        )
    for key, count in done.unopened.items():
        lines.append(
            f"ATTENTION: {count:,} secrets are under the vault key {key}, which is not here:"
            " add it, or connect their mailboxes anew."
        )
    return lines + _since(done)


def _since(done: Restored) -> list[str]:
    """What the backup cannot know, and whoever restores it has to see to."""
    made_at = datetime.fromisoformat(done.manifest.made_at)
    ago = timedelta(seconds=round((clock.now() - made_at).total_seconds()))
    lines = [
        f"ATTENTION: this is the state of {done.manifest.made_at}, {ago} ago. Before you start:"
    ]
    if done.carried is None:
        lines += [
            "* Who unsubscribed, refused to be tracked or was erased after that is back as before:"
            " see to each again."
        ]
    else:
        taken = done.carried.suppressions + done.carried.people
        lines.append(f"* {taken:,} refusals were taken over from what was here before.")
        if done.carried.erased:
            lines.append(
                f"* {done.carried.erased:,} addresses that had been erased on request are back:"
                " the worker erases them anew."
            )
        if done.carried.gone:
            lines.append("* These people had been erased or removed, and are back: see to each.")
            lines += [f"  {person_id}" for person_id in done.carried.gone]
    return [
        *lines,
        "* Users, tokens, mailboxes and second factors that were revoked after that are valid"
        " again: revoke them.",
        "Everybody signs in anew. Mail and meetings come back by themselves where a mailbox is"
        " connected.",
    ]


def _vault(settings: Settings) -> Vault:
    """The vault, which must be there: a new one opens no backup. Raises SettingsError."""
    path = key_file(settings)
    if not settings.vault_keys and not path.exists():
        raise SettingsError(
            f"VAULT_KEYS: not set and {path} does not exist: a backup opens with the key of the"
            " installation it was made in"
        )
    return open_vault(settings)


_reading = partial(progress, what="bytes read")
