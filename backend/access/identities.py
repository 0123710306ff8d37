"""Which user an account at a provider belongs to: by issuer and subject, never by its address."""

from backend import clock, db
from backend.access import audit
from backend.errors import Conflict
from backend.models.identities import Identity, panel_user_id
from backend.models.org import User
from backend.providers.openid import Account


def user_of(org_id: str, account: Account) -> User | None:
    """The user who signs in by that account, unless she is disabled."""
    found = _row(account)
    if found is None or found.org_id != org_id or not found.is_way_in:
        return None
    user: User | None = User.get_or_none(User.id == found.user_id, ~User.is_disabled)
    return user


def holder_of(account: Account) -> User | None:
    """The user of any organisation whose panels it connects, unless she is disabled."""
    user_id = panel_user_id(account.issuer, account.subject)
    return User.get_by_id(user_id) if user_id else None


def is_of(account: Account, user: User) -> bool:
    """Whether the account is this user's already."""
    found = _row(account)
    return found is not None and found.user_id == user.id


def connects(account: Account, user: User) -> bool:
    """Whether the account connects this user's panels already."""
    return panel_user_id(account.issuer, account.subject) == user.id


def link(user: User, provider: str, account: Account, *, is_way_in: bool = True) -> None:
    """From now on the account connects this user's panels, and signs her in if it is a way in.

    Whoever links it has shown to hold it: one that only connected another's panels is hers now, one
    that signs another in raises Conflict. What signed her in before goes on doing so.
    """
    with db.transaction():
        db.execute(
            "INSERT INTO identity (id, org_id, user_id, provider, issuer, subject, address,"
            " is_way_in, is_for_panels, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, TRUE, %s)"
            " ON CONFLICT (issuer, subject) DO UPDATE SET org_id = excluded.org_id,"
            " user_id = excluded.user_id, address = excluded.address, is_for_panels = TRUE,"
            " is_way_in = (identity.is_way_in OR excluded.is_way_in)"
            " WHERE identity.user_id = excluded.user_id OR NOT identity.is_way_in",
            [
                clock.new_id(),
                user.org_id,
                user.id,
                provider,
                account.issuer,
                account.subject,
                account.address,
                is_way_in,
                clock.wall(),
            ],
        )
        if not is_of(account, user):
            raise Conflict("problems.account_taken")
        act = audit.Act("identity.linked", "user", user.id)
        audit.note(user.org_id, user.email, act, {"provider": provider, "is_way_in": is_way_in})


def leave_panels(account: Account) -> None:
    """It connects no panel any more; what signs its user in goes on doing so."""
    one = (Identity.issuer == account.issuer, Identity.subject == account.subject)
    Identity.delete().where(*one, ~Identity.is_way_in).execute()
    Identity.update(is_for_panels=False).where(*one).execute()


def all_of(user_id: str) -> list[Identity]:
    """The accounts a user has linked."""
    return list(Identity.select().where(Identity.user_id == user_id).order_by(Identity.provider))


def unlink(user: User, identity_id: str) -> None:
    """Take an account off a user."""
    Identity.delete().where(Identity.id == identity_id, Identity.user_id == user.id).execute()
    act = audit.Act("identity.unlinked", "user", user.id)
    audit.note(user.org_id, user.email, act)


def _row(account: Account) -> Identity | None:
    found: Identity | None = Identity.get_or_none(
        Identity.issuer == account.issuer, Identity.subject == account.subject
    )
    return found
