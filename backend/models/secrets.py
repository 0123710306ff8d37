"""Sealed secrets, apart from the rows they belong to, so that no ordinary read carries one."""

from peewee import TextField

from backend import clock
from backend.models.fields import IdField, Model, TimeField


class Secret(Model):
    """One envelope of the vault: of which thing (`owner_type`, `owner_id`), and which one."""

    org_id = IdField()
    owner_type = TextField()
    owner_id = IdField()
    name = TextField()
    envelope = TextField()
    updated_at = TimeField(default=clock.now)
