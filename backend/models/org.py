"""The organisation, its teams, its users and their ways in."""

from collections.abc import Sequence
from typing import Any

from peewee import BigIntegerField, IntegerField, TextField

from backend import clock, db
from backend.errors import NotFound
from backend.models.fields import (
    FlagField,
    IdField,
    JsonField,
    MaybeIdField,
    MaybeTimeField,
    Model,
    TimeField,
)

MAX_NAME = 200  # characters of who or what mail comes from: a user, an organisation, a program
MAX_LABEL = 100  # of what a token is for
DEMO_USER = "rep@demo.telltale.test"  # the organisation that has this user is the demo's


class Organization(Model):
    """One customer; `policy` holds what differs from the defaults of tracking.policy."""

    name = TextField()
    policy = JsonField(default=dict)
    people_version = BigIntegerField(default=0)
    created_at = TimeField(default=clock.now)


class Team(Model):
    """Users whose mail one manager sees."""

    org_id = IdField()
    name = TextField()


class User(Model):
    """Somebody who signs in; role is rep, manager, admin or auditor."""

    org_id = IdField()
    team_id = MaybeIdField()
    email = TextField()
    name = TextField()
    role = TextField()
    time_zone = TextField(default="UTC")
    preferences = JsonField(default=dict)
    feed_version = BigIntegerField(default=0)
    feed_seen_id = MaybeIdField()
    is_disabled = FlagField()
    created_at = TimeField(default=clock.now)


_USER_COLUMNS = tuple(User._meta.sorted_field_names)
USER_ROW = ", ".join(f"u.{name}" for name in _USER_COLUMNS)  # what `user_from` takes


def user_of(user_id: str) -> User:
    """The user of that id, who must be there. Raises NotFound.

    As SQL text: peewee takes longer to write it than a mail takes to be read.
    """
    row = db.one(f'SELECT {USER_ROW} FROM "user" u WHERE u.id = %s', [user_id])
    if row is None:
        raise NotFound("problems.user_gone")
    return user_from(row)


def user_from(row: Sequence[Any]) -> User:
    """The user whose `USER_ROW` it is."""
    return User(**dict(zip(_USER_COLUMNS, row, strict=True)))


class ApiToken(Model):
    """A key for programs and panels; only its hash is kept."""

    org_id = IdField()
    user_id = IdField()
    scope = TextField()
    label = TextField(default="")
    hash = TextField()
    created_at = TimeField(default=clock.now)
    last_used_at = MaybeTimeField()
    idle_days = IntegerField(null=True)
    revoked_at = MaybeTimeField()


class SigninLink(Model):
    """A link that works once: to sign in, to accept an invitation, to set a new password."""

    org_id = IdField()
    user_id = IdField()
    hash = TextField()
    purpose = TextField(default="signin")
    expires_at = TimeField()
    used_at = MaybeTimeField()


class Session(Model):
    """A signed-in browser; ended on the server, whatever the cookie says."""

    org_id = IdField()
    user_id = IdField()
    hash = TextField()
    client = TextField(default="")
    created_at = TimeField(default=clock.now)
    expires_at = TimeField()
    ended_at = MaybeTimeField()
    authenticated_at = MaybeTimeField()
    second_factor_at = MaybeTimeField()
    awaits_code = FlagField()


class AuditLog(Model):
    """Who did what to which thing, when; rows are only added."""

    org_id = IdField()
    actor = TextField()
    action = TextField()
    object_type = TextField()
    object_id = TextField()
    detail = JsonField(default=dict)
    occurred_at = TimeField(default=clock.wall)
