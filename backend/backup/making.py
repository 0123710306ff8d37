"""Making a backup while everything runs.

The order matters. Hits that wait in the log are read first and the tables after them, so that a hit
which is drained meanwhile is in both, and none in neither; the tables say how far the log was
drained, and `restore` leaves out what they have.
"""

import hashlib
import hmac
from datetime import datetime
from pathlib import Path

import peewee
import psycopg

from backend import clock, db
from backend.backup import archive, edge_parts
from backend.backup.edge_parts import HitLog
from backend.backup.manifest import Manifest, Tell
from backend.db import tables
from backend.errors import Conflict
from backend.models import backups, schema
from backend.models.backups import Backup
from backend.providers.vault import Vault, key_of
from backend.settings import Settings

# Nobody waits for these; a statement over the largest table may take its time.
STATEMENT_S = 3_600.0
# A backup is kept for years: what lets somebody in without being asked again does not belong there.
LEFT_OUT = frozenset({"schema_migration", "session", "signin_link", "provider_flow"})


def make(settings: Settings, vault: Vault, path: Path, tell: Tell) -> Manifest:
    """Write the installation's backup to that path; `tell` gets the rows so far.

    Raises Conflict where the file is there already, or the database has no tables.
    """
    db.open_store(settings, STATEMENT_S)
    log = HitLog(settings.hits_db)
    with archive.created(path, vault, tell) as out:
        out.add("hits", edge_parts.HITS, log.waiting())
        with db.connection(), tables.snapshot():
            manifest = _facts(settings, log)
            for table in tables.ordered():
                if table.name not in LEFT_OUT:
                    out.add(f"table/{table.name}", table.columns, tables.read(table))
        out.add("links", edge_parts.LINKS, edge_parts.links(settings.links_db))
        out.finish(manifest)
    return manifest


def note(made: Manifest, size: int) -> str:
    """Tell the database that this backup has ended well; why it did not take that, or "".

    The backup is as good without: the database may be read-only for us, or not be migrated yet.
    """
    try:
        with db.connection():
            backups.note(Backup(datetime.fromisoformat(made.made_at), size))
    except (peewee.PeeweeException, psycopg.Error) as error:
        return next(iter(str(error).splitlines()), type(error).__name__)
    return ""


def fingerprint(secret: str) -> str:
    """By this SECRET is known again, and not found: it is random and long."""
    return hmac.new(secret.encode(), b"telltale backup", hashlib.sha256).hexdigest()[:16]


def _facts(settings: Settings, log: HitLog) -> Manifest:
    migrations = schema.applied()
    if not migrations:
        raise Conflict("The database has no tables: there is nothing to back up.")
    drained = db.one("SELECT position FROM drained_log WHERE log_id = %s", [log.id])
    return Manifest(
        made_at=clock.now().isoformat(timespec="seconds"),
        engine="postgresql" if db.is_postgres() else "sqlite",
        migrations=migrations,
        secret=fingerprint(settings.secret),
        vault_keys=_vault_keys(),
        hit_log="stream" if settings.hit_log_url else log.id,
        drained_to=int(drained[0]) if drained else 0,
        months={name: schema.months_of(name) for name in schema.PARTITIONED},
    )


def _vault_keys() -> list[str]:
    found = db.rows("SELECT envelope FROM secret") if "secret" in tables.names() else []
    return sorted({key_of(str(envelope)) for (envelope,) in found})
