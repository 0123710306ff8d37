"""Imports of people as rows, which outlive the request that began them."""

from datetime import datetime
from enum import StrEnum

from peewee import BigIntegerField, TextField

from backend import clock
from backend.models.fields import IdField, JsonField, MaybeTimeField, Model, TimeField


class ImportState(StrEnum):
    """Where an import stands.

    uploaded (its file is here) -> due (may be run) -> running -> done; or refused, when its file
    cannot be read, or interrupted, when whoever ran it went away.
    """

    UPLOADED = "uploaded"
    DUE = "due"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"


class PeopleImport(Model):
    """One import: its file, what its columns mean, and how many rows did what so far.

    `lease` names whoever runs it until `lease_until`.
    """

    org_id = IdField()
    user_id = IdField()
    file_name = TextField()
    kind = TextField()
    size_bytes = BigIntegerField()
    state = TextField()
    header = JsonField()
    mapping = JsonField()
    done_bytes = BigIntegerField(default=0)
    done_rows = BigIntegerField(default=0)
    added = BigIntegerField(default=0)
    updated = BigIntegerField(default=0)
    unchanged = BigIntegerField(default=0)
    failed = BigIntegerField(default=0)
    kept_refusals = BigIntegerField(default=0)
    reason = TextField(default="")
    lease = TextField(default="")
    lease_until = MaybeTimeField()
    created_at = TimeField(default=clock.now)
    started_at = MaybeTimeField()
    finished_at = MaybeTimeField()

    def state_at(self, now: datetime) -> ImportState:
        """The state; an import whose runner has not been heard of for too long is interrupted."""
        state = ImportState(self.state)
        is_lost = self.lease_until is not None and self.lease_until < now
        return ImportState.INTERRUPTED if state is ImportState.RUNNING and is_lost else state
