"""Accounts at providers that users have linked, and the flows that lead there."""

from peewee import TextField

from backend import clock, db
from backend.models.fields import (
    FlagField,
    IdField,
    MaybeIdField,
    MaybeTimeField,
    Model,
    TimeField,
)


class Identity(Model):
    """An account at a provider (issuer and subject; the address is only shown) and whose it is.

    `is_way_in`: it signs its user in. `is_for_panels`: Outlook's panel or Gmail's add-on, in which
    it is signed in, is hers.
    """

    org_id = IdField()
    user_id = IdField()
    provider = TextField()
    issuer = TextField()
    subject = TextField()
    address = TextField()
    is_way_in = FlagField(default=True)
    is_for_panels = FlagField(default=True)
    created_at = TimeField(default=clock.wall)


class ProviderFlow(Model):
    """One way to a provider and back: its state works once, in the browser that began it."""

    org_id = IdField()
    connection_id = IdField()
    user_id = MaybeIdField()
    purpose = TextField()
    state_hash = TextField()
    browser_hash = TextField()
    expires_at = TimeField()
    used_at = MaybeTimeField()


def panel_user_id(issuer: str, subject: str) -> str | None:
    """The user whose panels that account connects, unless she is disabled."""
    row = db.one(
        'SELECT u.id FROM identity i JOIN "user" u ON u.id = i.user_id'
        " WHERE i.issuer = %s AND i.subject = %s AND i.is_for_panels AND NOT u.is_disabled",
        [issuer, subject],
    )
    return row[0] if row else None
