"""Which user an account at a provider belongs to: by issuer and subject, never by its address."""

from backend import clock, db
from backend.access import audit
from backend.errors import Conflict
from backend.models.identities import Identity
from backend.models.org import User
from backend.providers.openid import Account


def user_of(org_id: str, account: Account) -> User | None:
    """The user who signs in by that account, unless she is disabled."""
    found = _row(account)
    is_here = found is not None and found.org_id == org_id and found.is_way_in
    return _enabled(found) if is_here else None


def holder_of(account: Account) -> User | None:
    """The user of any organisation who has linked that account, unless she is disabled."""
    return _enabled(_row(account))


def is_of(account: Account, user: User) -> bool:
    """Whether the account is this user's already."""
    found = _row(account)
    return found is not None and found.user_id == user.id


def link(user: User, provider: str, account: Account, *, is_way_in: bool = True) -> None:
    """From now on the account is the user's: to sign in with, or only to connect a panel.

    One that is hers keeps what it was good for. Raises Conflict if it is somebody else's.
    """
    with db.transaction():
        db.execute(
            "INSERT INTO identity (id, org_id, user_id, provider, issuer, subject, address,"
            " is_way_in, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (issuer, subject) DO UPDATE SET"
            " is_way_in = (identity.is_way_in OR excluded.is_way_in)"
            " WHERE identity.user_id = excluded.user_id",
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


def _enabled(found: Identity | None) -> User | None:
    user: User | None = (
        User.get_or_none(User.id == found.user_id, ~User.is_disabled) if found else None
    )
    return user
