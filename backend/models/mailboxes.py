"""Connections to providers, the mailboxes behind them, and what is never captured."""

from enum import StrEnum
from typing import Any

from peewee import BigIntegerField, IntegerField, TextField

from backend import clock
from backend.models.fields import (
    FlagField,
    IdField,
    JsonField,
    MaybeIdField,
    MaybeTimeField,
    Model,
    TimeField,
)


class MailboxState(StrEnum):
    """Where a mailbox stands; each has a reason, a since and a next action."""

    CONNECTING = "connecting"
    BACKFILLING = "backfilling"
    ACTIVE = "active"
    DELAYED = "delayed"
    NEEDS_REAUTH = "needs_reauth"
    NEEDS_ADMIN = "needs_admin"
    PAUSED = "paused"
    DISCONNECTED = "disconnected"
    ERASING = "erasing"


# States in which nothing comes in any more and no grant is kept.
ENDED = frozenset({MailboxState.DISCONNECTED, MailboxState.ERASING})
# States in which somebody wants it to rest.
STOPPED = ENDED | {MailboxState.PAUSED}
# States in which nobody calls the provider until a person has done something.
RESTING = STOPPED | {MailboxState.NEEDS_REAUTH, MailboxState.NEEDS_ADMIN}
# States in which the last look at the provider went well.
AWAKE = frozenset({MailboxState.ACTIVE, MailboxState.BACKFILLING})

CONTACTS = "contacts"  # the kind of an address book's stream


class GrantedBy(StrEnum):
    """Who let us in: the mailbox's user, or her organisation for her."""

    USER = "user"
    ORGANISATION = "organisation"


class CaptureMode(StrEnum):
    """How much of a mail is kept: all, no subject and no body, or nothing."""

    FULL = "full"
    HEADERS = "headers"
    OFF = "off"


class Connection(Model):
    """An organisation's client at a provider; its secrets lie in the vault's table."""

    org_id = IdField()
    provider = TextField()
    method = TextField()
    tenant = TextField(default="")
    client_id = TextField(default="")
    state = TextField()
    reason = TextField(default="")
    detail = JsonField(default=dict)
    created_at = TimeField(default=clock.now)
    updated_at = TimeField(default=clock.now)


class Mailbox(Model):
    """One rep's mailbox. `aliases` are further addresses that are hers; her grant is a Secret.

    `lease_epoch` fences off a worker that lost its lease; `visibility` is private, team or org.
    With `brings_contacts` its address book is synced, too.
    """

    org_id = IdField()
    user_id = IdField()
    provider = TextField()
    address = TextField()
    aliases = JsonField(default=list)
    provider_uid = TextField(default="")
    granted_by = TextField(default=GrantedBy.USER)
    state = TextField(default=MailboxState.CONNECTING)
    reason = TextField(default="")
    since = TimeField(default=clock.now)
    capture_mode = TextField(default=CaptureMode.FULL)
    visibility = TextField(default="team")
    brings_contacts = FlagField()
    backfill_days = IntegerField(default=180)
    lease_owner = TextField(default="")
    lease_epoch = BigIntegerField(default=0)
    lease_until = MaybeTimeField()
    next_sync_at = TimeField(default=clock.now)
    failures = IntegerField(default=0)
    last_ok_at = MaybeTimeField()
    warned_at = MaybeTimeField()
    created_at = TimeField(default=clock.now)


def fence(mailbox_id: str) -> None:
    """Within a transaction: whoever works on the mailbox can commit nothing more."""
    Mailbox.update(fenced()).where(Mailbox.id == mailbox_id).execute()


def fenced() -> dict[str, Any]:
    """The same as changes of a Mailbox, to be written with others."""
    return {"lease_epoch": Mailbox.lease_epoch + 1, "lease_until": None}


class Exclusion(Model):
    """An address or a domain (with its subdomains) that is never captured, in any role.

    `user_id` is None for the whole organisation; kind is address or domain. From `purge_asked_at`
    to `purged_at` the worker takes out what was captured before.
    """

    org_id = IdField()
    user_id = MaybeIdField()
    kind = TextField()
    value = TextField()
    purge_asked_at = MaybeTimeField()
    purged_at = MaybeTimeField()
    purged_count = BigIntegerField(default=0)
    created_at = TimeField(default=clock.now)


def is_synced(user_id: str, provider: str) -> bool:
    """Whether a mailbox of the user at that provider is being captured."""
    query = Mailbox.select(Mailbox.id).where(
        Mailbox.user_id == user_id,
        Mailbox.provider == provider,
        Mailbox.state.not_in([*RESTING]),
    )
    return bool(query.exists())
