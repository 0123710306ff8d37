"""How organisations have Gmail tell of changes in their mailboxes: by Pub/Sub, pushed or pulled."""

from enum import StrEnum

from peewee import BigIntegerField, TextField

from backend import clock
from backend.models.fields import IdField, MaybeTimeField, Model, TimeField


class Mode(StrEnum):
    """Whether Pub/Sub calls us, or we call it."""

    PUSH = "push"
    PULL = "pull"


class GmailNotices(Model):
    """An organisation's topic and subscription.

    `account` is the service account that signs what is pushed, or that pulls, whose key is a
    Secret. `told_at` is when a notice came last, `ignored_count` how many were of no mailbox of
    ours or could not be read, `reason` why nothing can be pulled.
    """

    org_id = IdField()
    mode = TextField()
    topic = TextField()
    subscription = TextField()
    account = TextField()
    reason = TextField(default="")
    told_at = MaybeTimeField()
    ignored_count = BigIntegerField(default=0)
    tested_at = MaybeTimeField()
    updated_at = TimeField(default=clock.now)


def notices_of(org_id: str) -> GmailNotices | None:
    """How that organisation has Gmail tell, if it does."""
    found: GmailNotices | None = GmailNotices.get_or_none(GmailNotices.org_id == org_id)
    return found


def of_mode(mode: Mode) -> list[GmailNotices]:
    """Every organisation's that works this way."""
    return list(GmailNotices.select().where(GmailNotices.mode == mode))
