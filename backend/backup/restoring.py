"""Bringing an installation back, and checking that a backup could.

    check the file whole  ->  fill a database that nobody sees yet, as it was then, count it
    ->  bring it to today's tables  ->  add the edge's links and hits  ->  let it be seen

Until the last step nothing that was there is touched, and what is added at the edge harms nothing.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import peewee
import psycopg

from backend import db
from backend.backup import edge_parts, refused, targets
from backend.backup.archive import Archive, TellOf
from backend.backup.making import fingerprint
from backend.backup.manifest import Manifest, table_of
from backend.backup.refused import Carried
from backend.capture import verifying
from backend.capture.verifying import Checked
from backend.db import tables
from backend.db.tables import Table
from backend.errors import Invalid
from backend.models import backups, schema
from backend.models.backups import Backup
from backend.models.org import Organization
from backend.providers.vault import Vault, key_of
from backend.settings import Settings
from backend.tracking.hitlog import HitSink, open_sink

# Rows that this engine does not take: the other one was less strict, or somebody wrote by hand.
_UNFIT = (peewee.IntegrityError, peewee.DataError, psycopg.IntegrityError, psycopg.DataError)


@dataclass(slots=True)
class Restored:
    """What came back, and what its operator has to know."""

    manifest: Manifest
    migrated: list[str] = field(default_factory=list)
    hits: int = 0
    aside: str = ""  # where the installation is that was replaced
    carried: Carried | None = None  # what was refused in that one
    is_other_secret: bool = False
    unopened: dict[str, int] = field(default_factory=dict)  # secrets by a key that is not here


@dataclass(slots=True)
class Verified:
    """What a rehearsal found in the record of mail."""

    manifest: Manifest
    entries: int = 0
    faults: int = 0


def restore(
    settings: Settings, vault: Vault, path: Path, tell: TellOf, *, replace: bool
) -> Restored:
    """Bring the backup into this installation, whose processes must not run.

    One that has data is refused, or put aside with `replace`. Raises Invalid, Conflict and
    SettingsError; then nothing has changed.
    """
    with closing(Archive(path, vault, tell)) as archive:
        restored = Restored(_checked(archive))
        restored.is_other_secret = restored.manifest.secret != fingerprint(settings.secret)
        settings.make_data_dir()
        with (
            closing(open_sink(settings)) as sink,
            targets.opened(settings, replace=replace) as target,
        ):
            restored.migrated = _fill(archive, restored.manifest)
            # The mark that was in it is of the one before; of this data it is itself the last.
            made_at = datetime.fromisoformat(restored.manifest.made_at)
            backups.note(Backup(made_at, archive.size))
            restored.unopened = _unopened(vault)
            if target.before:
                restored.carried = refused.carry(target.before)
            restored.hits = _add_to_edge(archive, settings, sink, restored.manifest)
        restored.aside = target.aside
    return restored


def verify(settings: Settings, vault: Vault, path: Path, tell: TellOf) -> Verified:
    """Restore the backup to a temporary place beside the data, count and check it, and remove it.

    Raises Invalid for what could not be restored.
    """
    with closing(Archive(path, vault, tell)) as archive:
        verified = Verified(_checked(archive))
        settings.make_data_dir()
        with targets.rehearsal(settings):
            _fill(archive, verified.manifest)
            for org in Organization.select():
                checked = Checked()
                faults = verifying.check(org.id, checked, lambda _count: None)
                verified.faults += sum(1 for _ in faults)
                verified.entries += checked.entries
    return verified


def _checked(archive: Archive) -> Manifest:
    manifest = archive.check()
    if manifest.migrations != schema.known()[: len(manifest.migrations)]:
        raise Invalid(
            f"The backup is of another version of Telltale, whose database is at"
            f" {manifest.migrations[-1]}: restore it with that version or a later one."
        )
    return manifest


def _fill(archive: Archive, manifest: Manifest) -> list[str]:
    """Make the tables as they were, fill them, check them; the migrations that then ran."""
    schema.bring_to(manifest.migrations[-1])
    if db.is_postgres():
        for table, months in manifest.months.items():
            for month in months:
                schema.add_partition(table, datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC))
    known = {table.name: table for table in tables.ordered()}
    name = ""
    try:
        with db.transaction():
            for part, blocks in archive.parts():
                if name := table_of(part):
                    _load(known.get(name), manifest.parts[part].columns, blocks)
    except _UNFIT as error:
        told = next(iter(str(error).splitlines()), type(error).__name__)
        raise Invalid(f"A row of the backup's table {name} cannot be taken: {told}.") from None
    _require_whole(manifest)
    return schema.bring_to()


def _load(table: Table | None, columns: list[str], blocks: Iterator[bytes]) -> None:
    if table is None or not table.columns.keys() >= set(columns):
        raise Invalid("The backup has a table or a column that its version of Telltale had not.")
    tables.write(table, columns, blocks)


def _require_whole(manifest: Manifest) -> None:
    for part, said in manifest.parts.items():
        name = table_of(part)
        if name and (found := tables.count(name)) != said.rows:
            raise Invalid(f"The table {name} has {found:,} rows instead of {said.rows:,}.")
    if not db.is_postgres():
        (found,) = db.one("PRAGMA integrity_check") or ("",)
        if found != "ok" or db.one("PRAGMA foreign_key_check"):
            raise Invalid("The database that was made of the backup is not sound.")


def _add_to_edge(archive: Archive, settings: Settings, sink: HitSink, manifest: Manifest) -> int:
    """Add links, and hits that waited, to what is at the edge; how many hits."""
    count = 0
    for part, blocks in archive.parts():
        if part == "links":
            edge_parts.put_links(settings.links_db, blocks)
        elif part == "hits":
            count = edge_parts.put_hits(sink, blocks, manifest.drained_to)
    return count


def _unopened(vault: Vault) -> dict[str, int]:
    """How many secrets are under each key that is not here."""
    counts: dict[str, int] = {}
    for (envelope,) in db.rows("SELECT envelope FROM secret"):
        key = key_of(str(envelope))
        if key not in vault.ring.keys:
            counts[key] = counts.get(key, 0) + 1
    return counts
