"""Loop tests as rows: one mail sent through the whole of it, and how each step went."""

from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from peewee import TextField

from backend import clock, db
from backend.models.fields import IdField, JsonField, MaybeIdField, MaybeTimeField, Model, TimeField

# No step waits this long; a test that has said nothing for so long has lost whoever ran it.
SILENCE = timedelta(minutes=3)
# An access token lasts an hour. Source: Google's and Microsoft's "expires_in".
PATIENCE = timedelta(minutes=50)
LIFE = timedelta(days=30)


class LoopState(StrEnum):
    """due (somebody may run it) -> running -> passed, or failed at its last step."""

    DUE = "due"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"


class Step(StrEnum):
    """What is done, in this order."""

    STAMP = "stamp"
    SEND = "send"
    FIND = "find"
    CONTENT = "content"
    HOST = "host"
    OPEN = "open"
    CLICK = "click"
    FEED = "feed"


class Note(NamedTuple):
    """How a step went: now, good, warn or bad; the cause is a word, `found` what was seen."""

    step: str
    state: str
    cause: str = ""
    found: str = ""
    took_ms: int = 0


class LoopTest(Model):
    """One test of a connection with one mailbox; `steps` holds a `Note` for each begun step."""

    org_id = IdField()
    connection_id = IdField()
    user_id = IdField()
    address = TextField()
    language = TextField()
    state = TextField(default=LoopState.DUE)
    steps = JsonField(default=list)
    stamp_id = MaybeIdField()
    created_at = TimeField(default=clock.now)
    heard_at = TimeField(default=clock.wall)
    finished_at = MaybeTimeField()

    @property
    def notes(self) -> list[Note]:
        """How the steps went, in their order."""
        return [Note(*each) for each in self.steps]

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in {LoopState.PASSED, LoopState.FAILED}

    def note(self, note: Note) -> None:
        """Write down how a step goes, in place of what was said of it before."""
        self.steps = [each for each in self.steps if each[0] != note.step] + [list(note)]
        self.heard_at = clock.wall()
        self.save()

    def end(self, state: LoopState) -> None:
        """Write down how it ended."""
        self.state, self.finished_at, self.heard_at = state, clock.now(), clock.wall()
        self.save()


def claim() -> LoopTest | None:
    """The test that has been due longest, now the caller's; None if there is none."""
    row = db.one(
        "SELECT id FROM loop_test WHERE state = %s ORDER BY created_at, id LIMIT 1",
        [LoopState.DUE],
    )
    taken = row and db.execute(
        "UPDATE loop_test SET state = %s, heard_at = %s WHERE id = %s AND state = %s",
        [LoopState.RUNNING, clock.wall(), row[0], LoopState.DUE],
    )
    found: LoopTest | None = LoopTest.get_or_none(LoopTest.id == row[0]) if row and taken else None
    return found


def latest(connection_id: str) -> LoopTest | None:
    """The newest test of a connection; None before the first."""
    query = LoopTest.select().where(LoopTest.connection_id == connection_id)
    found: LoopTest | None = query.order_by(LoopTest.created_at.desc()).first()
    return found


def lost() -> list[LoopTest]:
    """Tests whose runner went away, and those that nobody came for while they could be run."""
    now = clock.wall()
    is_silent = (LoopTest.state == LoopState.RUNNING) & (LoopTest.heard_at < now - SILENCE)
    is_late = (LoopTest.state == LoopState.DUE) & (LoopTest.heard_at < now - PATIENCE)
    return list(LoopTest.select().where(is_silent | is_late))


def forget_old() -> int:
    """Delete tests of long ago; how many."""
    return int(LoopTest.delete().where(LoopTest.heard_at < clock.wall() - LIFE).execute())
