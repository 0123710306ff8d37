"""What Outlook's send handler told of its own runs: the proof that it runs at all, and where."""

from dataclasses import asdict, dataclass

from peewee import IntegerField, TextField

from backend import clock
from backend.models.fields import IdField, Model, TimeField


class HandlerRun(Model):
    """One run; `outcome` is a word of the handler's own, such as stamped or network_timeout."""

    org_id = IdField()
    user_id = IdField()
    client = TextField()
    version = TextField()
    event = TextField()
    outcome = TextField()
    duration_ms = IntegerField()
    occurred_at = TimeField(default=clock.now)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it was told."""

    client: str
    version: str
    event: str
    outcome: str
    duration_ms: int


def note(org_id: str, user_id: str, run: Run) -> None:
    """Keep what was told of a run."""
    HandlerRun.create(org_id=org_id, user_id=user_id, **asdict(run))
