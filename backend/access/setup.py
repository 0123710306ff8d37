"""The first admin: made once, by who can see the console of the machine, and never again."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from backend import clock, db
from backend.access import audit, factors, passwords
from backend.models.access import hash_of
from backend.models.credentials import Credential, FirstSetup
from backend.models.org import Organization, User

CODE_LIFE = timedelta(hours=24)
_ONLY = "00000000-0000-7000-8000-000000000001"  # the id of the one row
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH = 28  # 138 bits; source: CASA 1.1.2, at least 128


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """Who the first admin is to be."""

    organization: str
    name: str
    email: str
    password: str


def is_open() -> bool:
    """Whether an installation still waits for its first admin."""
    row = FirstSetup.get_or_none(FirstSetup.id == _ONLY)
    return row is not None and row.closed_at is None and not _has_admin()


def new_code() -> str | None:
    """A code for the console, replacing the one before; None where there is an admin already."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    with db.transaction():
        if _has_admin():
            _close()
            return None
        db.execute(
            "INSERT INTO first_setup (id, hash, expires_at) VALUES (%s, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET hash = excluded.hash,"
            " expires_at = excluded.expires_at WHERE first_setup.closed_at IS NULL",
            [_ONLY, hash_of(code), clock.wall() + CODE_LIFE],
        )
        row = FirstSetup.get(FirstSetup.id == _ONLY)
    return None if row.closed_at else "-".join(code[at : at + 4] for at in range(0, _LENGTH, 4))


def make_first_admin(code: str, wanted: FirstAdmin) -> User | None:
    """The first admin, or None if the code is wrong, too old or used. Raises Invalid.

    Of many that bring the right code at once one closes the door, in the database, and is made.
    """
    passwords.require_strong(wanted.password, wanted.email)
    with db.transaction():
        # One that makes an admin by another way meanwhile holds no row of ours: look inside.
        if not _close(code) or _has_admin():
            return None
        org = Organization.get_or_none() or Organization.create(name=wanted.organization)
        user = _admin_of(org, wanted)
        made = passwords.make_hash(wanted.password)  # by the one that got here, not by each
        factors.credential_of(user)
        Credential.update(password_hash=made).where(Credential.user_id == user.id).execute()
        act = audit.Act("setup.done", "user", user.id)
        audit.note(user.org_id, user.email, act)
    return user


def _admin_of(org: Organization, wanted: FirstAdmin) -> User:
    known: User | None = User.get_or_none(User.email == wanted.email)
    if known:  # a rep that `add-user` made before
        known.role = "admin"
        known.save()
        return known
    return User.create(org_id=org.id, email=wanted.email, name=wanted.name, role="admin")


def _close(code: str | None = None) -> bool:
    which = (FirstSetup.closed_at.is_null(),) if code is None else _open_with(code)
    return bool(FirstSetup.update(closed_at=clock.wall()).where(*which).execute())


def _open_with(code: str) -> tuple[object, ...]:
    return (
        FirstSetup.hash == hash_of(code.strip().lower().replace("-", "").replace(" ", "")),
        FirstSetup.closed_at.is_null(),
        FirstSetup.expires_at > clock.wall(),
    )


def _has_admin() -> bool:
    return bool(User.select().where(User.role == "admin").exists())
