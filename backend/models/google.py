"""The one-time links by which a user says that a Google account is hers."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from peewee import TextField

from backend import clock, db
from backend.models.access import hash_of
from backend.models.fields import MaybeIdField, MaybeTimeField, Model, TimeField

LINK_LIFE = timedelta(hours=1)


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
            hash=hash_of(code),
            issuer=offer.issuer,
            subject=offer.subject,
            email=offer.email,
            expires_at=clock.now() + LINK_LIFE,
        )
    return code


def offer_of(code: str) -> Offer | None:
    """What a link that still holds offers; None for any other."""
    row = db.one(
        "SELECT issuer, subject, email FROM google_link"
        " WHERE hash = %s AND used_at IS NULL AND expires_at > %s",
        [hash_of(code), clock.now()],
    )
    return Offer(*row) if row else None


def use(code: str, org_id: str) -> Offer | None:
    """Use a link up: the account that it stood for. None if it does not hold."""
    now = clock.now()
    offer = offer_of(code)
    used = db.execute(
        "UPDATE google_link SET used_at = %s, org_id = %s"
        " WHERE hash = %s AND used_at IS NULL AND expires_at > %s",
        [now, org_id, hash_of(code), now],
    )
    return offer if used else None
