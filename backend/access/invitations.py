"""Links that let a user set a password: the invitation, and the one for a forgotten password."""

from dataclasses import dataclass
from datetime import timedelta

from backend.access import audit, passwords, signing_in
from backend.access.signing_in import Entered
from backend.models.access import Purpose, end_links, issue_link, use_link, user_of_link
from backend.models.org import User

# Source: CASA 1.1.2 (24 hours, at most 48) and ASVS 5 6.5 (codes for a reset are short-lived).
LIFE = {Purpose.INVITE: timedelta(hours=48), Purpose.RESET: timedelta(minutes=30)}


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that works: whose, and what for."""

    user: User
    purpose: Purpose


def issue(user: User, purpose: Purpose, actor: str) -> str:
    """The code of a new link; the user's older links end."""
    end_links(user.id)
    act = audit.Act(f"user.{purpose}_link", "user", user.id)
    audit.note(user.org_id, actor, act)
    return issue_link(user, purpose, LIFE[purpose])


def look(code: str) -> Opened | None:
    """Whose link that is, without using it up; None if it does not work (any more)."""
    for purpose in LIFE:
        user = user_of_link(code, purpose)
        if user:
            return Opened(user, purpose)
    return None


def accept(code: str, password: str) -> Entered | None:
    """Set the password and sign in; None if the link does not work (any more).

    Raises Invalid for a weak password, which leaves the link as it is.
    """
    opened = look(code)
    if opened is None:
        return None
    passwords.require_strong(password, opened.user.email)
    if not use_link(code, opened.purpose):
        return None
    signing_in.set_password(opened.user, password)
    return signing_in.open_for(opened.user, str(opened.purpose))
