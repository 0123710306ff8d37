"""Ways in: API tokens, sign-in links and browser sessions. Only hashes of them are kept.

Links and sessions end by the wall's clock, as the browser's cookie does: who moves the clock of a
development installation stays signed in.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from backend import clock, db
from backend.models.org import ApiToken, Session, SigninLink, User

SIGNIN_LINK_LIFE = timedelta(hours=24)
SESSION_LIFE = timedelta(days=14)
# A write for every call would make reading cost a commit; a minute is close enough for a list.
LAST_USED_STEP = timedelta(minutes=1)


class Scope(StrEnum):
    """What a token may do: everything its user may, only stamp, or only read."""

    API = "api"
    STAMP = "stamp"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and by which way in; `session_id` is set for a signed-in browser."""

    user_id: str
    org_id: str
    team_id: str | None
    role: str
    email: str
    scope: Scope
    session_id: str | None = None


def issue_token(user: User, scope: Scope, label: str = "") -> str:
    """A new API token; this is the only time its text is seen."""
    text = f"tt_{scope}_{secrets.token_urlsafe(32)}"
    ApiToken.create(org_id=user.org_id, user_id=user.id, scope=scope, label=label, hash=_hash(text))
    return text


def issue_signin_link(user: User) -> str:
    """A code that signs the user in once, within `SIGNIN_LINK_LIFE`."""
    code = secrets.token_urlsafe(32)
    SigninLink.create(
        org_id=user.org_id,
        user_id=user.id,
        hash=_hash(code),
        expires_at=clock.wall() + SIGNIN_LINK_LIFE,
    )
    return code


def open_session(code: str) -> str | None:
    """Use a sign-in code up and return the text of a new session, or None if it does not hold."""
    now = clock.wall()
    with db.transaction():
        used = (
            SigninLink.update(used_at=now)
            .where(
                SigninLink.hash == _hash(code),
                SigninLink.used_at.is_null(),
                SigninLink.expires_at > now,
            )
            .execute()
        )
        if not used:
            return None
        link = SigninLink.get(SigninLink.hash == _hash(code))
        text = secrets.token_urlsafe(32)
        Session.create(
            org_id=link.org_id,
            user_id=link.user_id,
            hash=_hash(text),
            expires_at=now + SESSION_LIFE,
        )
        return text


def end_session(session_id: str) -> None:
    """Sign that browser out, for good."""
    Session.update(ended_at=clock.now()).where(Session.id == session_id).execute()


def caller_of_token(text: str) -> Caller | None:
    """Whose token that is, or None for one that is unknown, revoked or of a disabled user."""
    row = db.one(
        "SELECT t.id, t.scope, t.last_used_at, u.id, u.org_id, u.team_id, u.role, u.email"
        ' FROM api_token t JOIN "user" u ON u.id = t.user_id'
        " WHERE t.hash = %s AND t.revoked_at IS NULL AND NOT u.is_disabled",
        [_hash(text)],
    )
    if row is None:
        return None
    token_id, scope, last_used_at, user_id, org_id, team_id, role, email = row
    _note_use(token_id, last_used_at)
    return Caller(user_id, org_id, team_id, role, email, Scope(scope))


def caller_of_session(text: str) -> Caller | None:
    """Whose session that is, or None for one that is unknown, over or of a disabled user."""
    row = db.one(
        "SELECT s.id, u.id, u.org_id, u.team_id, u.role, u.email"
        ' FROM session s JOIN "user" u ON u.id = s.user_id'
        " WHERE s.hash = %s AND s.ended_at IS NULL AND s.expires_at > %s AND NOT u.is_disabled",
        [_hash(text), clock.wall()],
    )
    if row is None:
        return None
    session_id, user_id, org_id, team_id, role, email = row
    return Caller(user_id, org_id, team_id, role, email, Scope.API, session_id)


def _note_use(token_id: str, last_used_at: datetime | None) -> None:
    now = clock.now()
    if last_used_at is None or now - last_used_at > LAST_USED_STEP:
        ApiToken.update(last_used_at=now).where(ApiToken.id == token_id).execute()


def _hash(text: str) -> str:
    # A random 256-bit text needs no slow hash: it cannot be guessed from its digest.
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
