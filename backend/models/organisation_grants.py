"""Access to its people's mailboxes that an organisation has given at a provider, as a whole."""

from enum import StrEnum

from peewee import TextField

from backend import clock, db
from backend.models.fields import IdField, JsonField, MaybeTimeField, Model, TimeField


class Covers(StrEnum):
    """Whose mailboxes are captured by it: nobody's yet, those of chosen people, or all."""

    NOBODY = "nobody"
    CHOSEN = "chosen"
    ALL = "all"


class OrganisationGrant(Model):
    """Google: a service account with domain-wide delegation. Microsoft: the app's own access.

    `account` is the service account's address, `client_id` what delegation is entered for; the
    key is a Secret. `pilot` is tried, and at Microsoft `outside` must stay closed to the app.
    """

    org_id = IdField()
    provider = TextField()
    account = TextField(default="")
    client_id = TextField(default="")
    domains = JsonField(default=list)
    pilot = TextField(default="")
    outside = TextField(default="")
    covers = TextField(default=Covers.NOBODY)
    state = TextField()
    reason = TextField(default="")
    tested_at = MaybeTimeField()
    created_at = TimeField(default=clock.now)
    updated_at = TimeField(default=clock.now)


def grant_of(org_id: str, provider: str) -> OrganisationGrant | None:
    """The organisation's grant at a provider, however far it is set up; None for none."""
    found: OrganisationGrant | None = OrganisationGrant.get_or_none(
        OrganisationGrant.org_id == org_id, OrganisationGrant.provider == provider
    )
    return found


def held_grant_of(org_id: str, provider: str) -> OrganisationGrant | None:
    """The same as it is now, held until the transaction ends.

    Of two who open mailboxes by it, end it or save it at once the second knows what the first did.
    """
    asked = OrganisationGrant.select().where(
        OrganisationGrant.org_id == org_id, OrganisationGrant.provider == provider
    )
    found: OrganisationGrant | None = (asked.for_update() if db.is_postgres() else asked).first()
    return found
