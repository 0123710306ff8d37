"""Google accounts that a user has said are hers, and the one-time links by which she says so."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from peewee import TextField

from backend import clock, db
from backend.models.fields import IdField, MaybeIdField, MaybeTimeField, Model, TimeField

LINK_LIFE = timedelta(hours=1)


class GoogleIdentity(Model):
    """A Google account (issuer and subject; the address may change) and whose it is."""

    org_id = IdField()
    user_id = IdField()
    issuer = TextField()
    subject = TextField()
    email = TextField()
    created_at = TimeField(default=clock.now)


class GoogleLink(Model):
    """An offer to link a Google account to the signed-in user who opens it by its code."""

    org_id = MaybeIdField()
    hash = TextField()
    issuer = TextField()
    subject = TextField()
    email = TextField()
    created_at = TimeField(default=clock.now)
    expires_at = TimeField()
    used_at = MaybeTimeField()


@dataclass(frozen=True, slots=True)
class Offer:
    """The Google account that a link stands for."""

    issuer: str
    subject: str
    email: str


def user_id_of(issuer: str, subject: str) -> str | None:
    """The user whose Google account that is, unless she is disabled."""
    row = db.one(
        'SELECT u.id FROM google_identity g JOIN "user" u ON u.id = g.user_id'
        " WHERE g.issuer = %s AND g.subject = %s AND NOT u.is_disabled",
        [issuer, subject],
    )
    return row[0] if row else None


def issue_link(offer: Offer) -> str:
    """The code of a new one-time link for that account; links issued before stop to hold."""
    code = secrets.token_urlsafe(32)
    with db.transaction():
        GoogleLink.delete().where(
            GoogleLink.issuer == offer.issuer,
            GoogleLink.subject == offer.subject,
            GoogleLink.used_at.is_null(),
        ).execute()
        GoogleLink.create(
            hash=_hash(code),
            issuer=offer.issuer,
            subject=offer.subject,
            email=offer.email,
            expires_at=clock.now() + LINK_LIFE,
        )
    return code


def offer_of(code: str) -> Offer | None:
    """What a link that still holds offers."""
    row = db.one(
        "SELECT issuer, subject, email FROM google_link"
        " WHERE hash = %s AND used_at IS NULL AND expires_at > %s",
        [_hash(code), clock.now()],
    )
    return Offer(*row) if row else None


def accept(code: str, org_id: str, user_id: str) -> Offer | None:
    """Use a link up: from now on that account is this user's. None if the link does not hold."""
    now = clock.now()
    with db.transaction():
        offer = offer_of(code)
        used = db.execute(
            "UPDATE google_link SET used_at = %s, org_id = %s"
            " WHERE hash = %s AND used_at IS NULL AND expires_at > %s",
            [now, org_id, _hash(code), now],
        )
        if offer is None or not used:
            return None
        db.execute(
            "INSERT INTO google_identity (id, org_id, user_id, issuer, subject, email, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (issuer, subject) DO UPDATE SET"
            " org_id = excluded.org_id, user_id = excluded.user_id, email = excluded.email,"
            " created_at = excluded.created_at",
            [clock.new_id(now), org_id, user_id, offer.issuer, offer.subject, offer.email, now],
        )
    return offer


def forget(issuer: str, subject: str) -> None:
    """Take the link between a Google account and its user back."""
    GoogleIdentity.delete().where(
        GoogleIdentity.issuer == issuer, GoogleIdentity.subject == subject
    ).execute()


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()
