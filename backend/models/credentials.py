"""By what a user proves who she is; apart from the user, so that no ordinary read carries it."""

from peewee import BigIntegerField, TextField

from backend.models.fields import IdField, MaybeTimeField, Model, TimeField


class Credential(Model):
    """A user's password and second factor; the factor's secret lies in the vault."""

    org_id = IdField()
    user_id = IdField()
    password_hash = TextField(default="")
    totp_confirmed_at = MaybeTimeField()
    totp_step = BigIntegerField(default=0)


class RecoveryCode(Model):
    """Replaces the second factor once."""

    org_id = IdField()
    user_id = IdField()
    hash = TextField()
    used_at = MaybeTimeField()


class SigninTry(Model):
    """One try that failed or is under way; `key` tells an account or a network, not which."""

    key = TextField()
    tried_at = TimeField()


class FirstSetup(Model):
    """The one-time code that makes the first admin; one row, closed for good."""

    hash = TextField()
    expires_at = TimeField()
    closed_at = MaybeTimeField()
