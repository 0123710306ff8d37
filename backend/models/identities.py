"""Accounts at providers that users sign in with, and the flows that lead there."""

from peewee import BooleanField, TextField

from backend import clock
from backend.models.fields import IdField, MaybeIdField, MaybeTimeField, Model, TimeField


class Identity(Model):
    """An account at a provider (issuer and subject; the address is only shown) and whose it is.

    `is_way_in`: it signs its user in; otherwise it only connects a panel of hers.
    """

    org_id = IdField()
    user_id = IdField()
    provider = TextField()
    issuer = TextField()
    subject = TextField()
    address = TextField()
    is_way_in = BooleanField(default=True)
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
