"""Signing in with a password and, where it is on, a code; and showing again who one is."""

from dataclasses import dataclass

from backend import db
from backend.access import audit, factors, passwords, tries
from backend.access.safe import Safe
from backend.access.tries import Door
from backend.mail.addresses import normalise
from backend.models.access import (
    Proof,
    end_links,
    end_session_by_text,
    end_sessions_of,
    open_session_of,
    prove_again,
    prove_factor,
    user_awaiting_code,
)
from backend.models.credentials import Credential
from backend.models.org import User


@dataclass(frozen=True, slots=True)
class Entered:
    """A new session's text; `awaits_code` when it is good for the code's page alone."""

    text: str
    awaits_code: bool


def with_password(email: str, password: str, door: Door) -> Entered | None:
    """A session for the right address and password, or None. Raises TooManyTries.

    An unknown, a disabled user and one without a password take as long and get the same answer.
    """
    noted = tries.enter(door)
    user = _user_at(email)
    kept = _hash_of(user) if user else ""
    is_right = passwords.matches(kept, password)
    if user is None or not is_right:
        if user:
            _note(user, "signin.failed", {"by": "password"})
        return None
    tries.forgive(noted)
    with db.transaction():
        if factors.held(user).password_hash != kept:  # she has set another one meanwhile
            return None
        return open_for(user, "password")


def open_for(user: User, how: str, *, has_factor: bool = False) -> Entered:
    """A session for a user who has shown who she is; half of one if her code is still to come."""
    with db.transaction():
        factors.held(user)
        awaits_code = factors.is_on(user.id) and not has_factor
        proof = Proof(has_second_factor=has_factor, awaits_code=awaits_code)
        if not awaits_code:
            _note(user, "signin.done", {"by": how})
        return Entered(open_session_of(user, proof), awaits_code)


def with_code(half: str, code: str, door: Door, safe: Safe) -> str | None:
    """The text of a whole session for the right code, or None. Raises TooManyTries."""
    user = user_awaiting_code(half)
    if user is None:
        return None
    noted = tries.enter(door)
    if not factors.passes(user, safe, code):
        _note(user, "signin.failed", {"by": "code"})
        return None
    tries.forgive(noted)
    with db.transaction():
        factors.held(user)
        if not end_session_by_text(half):  # she was signed out, or has a new password, meanwhile
            return None
        _note(user, "signin.done", {"by": "code"})
        return open_session_of(user, Proof(has_second_factor=True))


@dataclass(frozen=True, slots=True)
class Shown:
    """What a signed-in user shows to confirm that it is still she."""

    password: str
    code: str


def confirm(user: User, session_id: str, shown: Shown, safe: Safe, door: Door) -> bool:
    """Whether that proves it; the session counts as proven anew. Raises TooManyTries.

    Both are asked for that she has; who has neither cannot confirm and signs in anew.
    """
    kept, has_factor = _hash_of(user), factors.is_on(user.id)
    noted = tries.enter(door)
    is_right = passwords.matches(kept, shown.password) if kept else has_factor
    if not is_right or (has_factor and not factors.passes(user, safe, shown.code)):
        _note(user, "signin.failed", {"by": "confirmation"})
        return False
    tries.forgive(noted)
    (prove_factor if has_factor else prove_again)(session_id)
    return True


def can_confirm(user: User) -> tuple[bool, bool]:
    """Whether the user has a password, and a second factor, to confirm with."""
    return bool(_hash_of(user)), factors.is_on(user.id)


def set_password(user: User, password: str, but: str | None = None) -> None:
    """Set it, and end the user's other sessions and links. Raises Invalid for a weak one.

    Who signs in at that moment does so before, and is signed out, or finds the new password. Links
    end before sessions: one that is being used has opened its session then.
    """
    passwords.require_strong(password, user.email)
    made = passwords.make_hash(password)
    with db.transaction():
        factors.held(user)
        Credential.update(password_hash=made).where(Credential.user_id == user.id).execute()
        end_links(user.id)
        end_sessions_of(user.id, but)
        _note(user, "user.password_changed", {})


def _user_at(email: str) -> User | None:
    try:
        address = normalise(email)
    except ValueError:
        return None
    found: User | None = User.get_or_none(User.email == address, ~User.is_disabled)
    return found


def _hash_of(user: User) -> str:
    found = Credential.get_or_none(Credential.user_id == user.id)
    return found.password_hash if found else ""


def _note(user: User, action: str, detail: dict[str, str]) -> None:
    audit.note(user.org_id, user.email, audit.Act(action, "user", user.id), detail)
