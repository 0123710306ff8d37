"""Commands about how hits are read: judge them anew, fetch the published network lists."""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backend import clock
from backend.cli.commands import Commands, add, opened, progress
from backend.errors import NotFound
from backend.settings import Settings
from backend.tracking import reclassify
from backend.tracking.published import SOURCES
from backend.tracking.refresh import Refreshed, https_fetch, refresh, refresh_from_files

SHOWN_CHANGES = 20


def add_commands(commands: Commands) -> None:
    """Declare reclassify and refresh-networks."""
    parser = add(commands, "reclassify", _reclassify, "Judge all stored hits by today's rules")
    parser.add_argument("--dry-run", action="store_true", help="only print the difference")
    parser = add(commands, "refresh-networks", _refresh, "Fetch the published network lists")
    parser.add_argument("--from", dest="folder", metavar="FOLDER", help="read files, fetch nothing")
    parser.add_argument("--force", action="store_true", help="take a list that shrank by half")
    parser.add_argument("names", nargs="*", help="only these lists")


def _reclassify(arguments: argparse.Namespace, settings: Settings) -> int:
    with opened(settings):
        total = reclassify.mails()
        change = reclassify.everything(
            is_dry_run=arguments.dry_run,
            tell=lambda done: progress(done, total, "mails"),
        )
    verb = "would change" if arguments.dry_run else "changed"
    print(
        f"{total:,} mails: {change.updated:,} engagements {verb},"
        f" {change.added:,} added, {change.removed:,} removed."
    )
    _print_verdicts(change.verdicts)
    print("Network lists are as they were at each hit: new lists judge new hits only.")
    return 0


def _print_verdicts(verdicts: Counter[tuple[str, str]]) -> None:
    for (before, after), count in verdicts.most_common(SHOWN_CHANGES):
        print(f"  {count:>9,}  {before} -> {after}")


def _refresh(arguments: argparse.Namespace, settings: Settings) -> int:
    unknown = set(arguments.names) - SOURCES.keys()
    if unknown:
        raise NotFound(f"No list {', '.join(sorted(unknown))}; there are {', '.join(SOURCES)}.")
    names = arguments.names or list(SOURCES)
    options = {"on": clock.now().date(), "is_forced": arguments.force}
    found = [
        _from_folder(settings.networks_dir, name, Path(arguments.folder), options)
        if arguments.folder
        else refresh(settings.networks_dir, https_fetch, [name], **options)[0]
        for name in names
    ]
    for one in found:
        print(f"{one.name:<24} {one.problem or f'{one.ranges:,} ranges, {one.new:,} of them new'}")
    print("The edge takes them up when it is started again.")
    return 1 if any(one.problem for one in found) else 0


def _from_folder(into: Path, name: str, folder: Path, options: dict[str, Any]) -> Refreshed:
    """A list from files named as the last part of each of its addresses."""
    files = [folder / urlsplit(url).path.rsplit("/", 1)[-1] for url in SOURCES[name].urls]
    return refresh_from_files(into, name, files, **options)
