"""Which user an account at a provider belongs to: by issuer and subject, never by its address."""

from backend import clock, db
from backend.access import audit
from backend.errors import Conflict
from backend.models.identities import Identity
from backend.models.org import User
from backend.providers.openid import Account


def user_of(org_id: str, account: Account) -> User | None:
    """The user who has linked that account, unless she is disabled."""
    found = Identity.get_or_none(
        Identity.org_id == org_id,
        Identity.issuer == account.issuer,
        Identity.subject == account.subject,
    )
    user: User | None = (
        User.get_or_none(User.id == found.user_id, ~User.is_disabled) if found else None
    )
    return user


def holder_of(account: Account) -> User | None:
    """The user of any organisation who has linked that account, unless she is disabled."""
    found = Identity.get_or_none(
        Identity.issuer == account.issuer, Identity.subject == account.subject
    )
    return user_of(str(found.org_id), account) if found else None


def link(user: User, provider: str, account: Account) -> None:
    """From now on the account is the user's way in. Raises Conflict if it is somebody else's."""
    with db.transaction():
        db.execute(
            "INSERT INTO identity (id, org_id, user_id, provider, issuer, subject, address,"
            " created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (issuer, subject) DO NOTHING",
            [
                clock.new_id(),
                user.org_id,
                user.id,
                provider,
                account.issuer,
                account.subject,
                account.address,
                clock.wall(),
            ],
        )
        found = Identity.get(Identity.issuer == account.issuer, Identity.subject == account.subject)
        if found.user_id != user.id:
            raise Conflict("problems.account_taken")
    act = audit.Act("identity.linked", "user", user.id)
    audit.note(user.org_id, user.email, act, {"provider": provider})


def all_of(user_id: str) -> list[Identity]:
    """The accounts a user signs in with."""
    return list(Identity.select().where(Identity.user_id == user_id).order_by(Identity.provider))


def unlink(user: User, identity_id: str) -> None:
    """Take an account off a user."""
    Identity.delete().where(Identity.id == identity_id, Identity.user_id == user.id).execute()
    act = audit.Act("identity.unlinked", "user", user.id)
    audit.note(user.org_id, user.email, act)
