"""The Outlook add-in's manifest: its id, and its version, which rises whenever it has changed."""

import hmac
from uuid import UUID

from peewee import IntegerField, TextField

from backend import clock, db
from backend.models.fields import Model, TimeField


class ManifestVersion(Model):
    """A manifest that was rendered once; `digest` is of its text without the version."""

    number = IntegerField()
    digest = TextField()
    made_at = TimeField()


def addin_id(secret: str) -> str:
    """The add-in's id: the same for as long as the installation keeps its master secret."""
    digest = hmac.digest(secret.encode(), b"telltale outlook add-in", "sha256")
    return str(UUID(bytes=digest[:16], version=4))


def number_of(digest: str) -> int:
    """The number of the manifest with that digest: the latest one's, or one more if it differs."""
    latest = _latest()
    if latest and latest.digest == digest:
        return latest.number
    with db.transaction():
        if db.is_postgres():
            db.one("SELECT pg_advisory_xact_lock(hashtextextended('manifest', 0))")
        latest = _latest()
        number = latest.number if latest else 0
        if latest is None or latest.digest != digest:
            number += 1
            ManifestVersion.create(number=number, digest=digest, made_at=clock.now())
        return number


def _latest() -> ManifestVersion | None:
    found: ManifestVersion | None = (
        ManifestVersion.select().order_by(ManifestVersion.number.desc()).first()
    )
    return found
