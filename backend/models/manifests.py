"""The version of the add-in's manifest: it rises whenever what is rendered has changed."""

from peewee import IntegerField, TextField

from backend import clock, db
from backend.models.fields import Model, TimeField


class ManifestVersion(Model):
    """A manifest that was rendered once; `digest` is of its text without the version."""

    number = IntegerField()
    digest = TextField()
    made_at = TimeField()


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
