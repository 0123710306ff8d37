"""Ways in: API tokens, sign-in links and browser sessions. Only hashes of them are kept.

Links and sessions end by the wall's clock, as the browser's cookie does: who moves the clock of a
development installation stays signed in.
"""

import hashlib
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from backend import clock, db
from backend.models.org import USER_ROW, ApiToken, Session, SigninLink, User, user_from

SIGNIN_LINK_LIFE = timedelta(hours=24)
SESSION_LIFE = timedelta(days=14)
CODE_LIFE = timedelta(minutes=10)  # between the right password and the code
# A write for every call would make reading cost a commit; a minute is close enough for a list.
LAST_USED_STEP = timedelta(minutes=1)


class Scope(StrEnum):
    """What a token may do: everything its user may, only stamp, or only read."""

    API = "api"
    STAMP = "stamp"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and by which way in; `session_id` is set for a signed-in browser.

    `proven_at` is when that browser's user last showed who she is; `row` her own, if asked for.
    """

    user_id: str
    org_id: str
    team_id: str | None
    role: str
    email: str
    scope: Scope
    session_id: str | None = None
    proven_at: datetime | None = None
    has_second_factor: bool = False
    row: User | None = field(default=None, repr=False, compare=False)


class Purpose(StrEnum):
    """What a link that works once is for; each is refused where another is expected."""

    SIGNIN = "signin"
    INVITE = "invite"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Proof:
    """How a browser's user showed who she is; one that awaits a code is not in yet."""

    has_second_factor: bool = False
    awaits_code: bool = False


BY_SHELL = Proof(has_second_factor=True)  # who runs commands on the machine owns it all


def issue_token(user: User, scope: Scope, label: str = "", idle_days: int | None = None) -> str:
    """A new API token, its text seen but this once; one not used for `idle_days` ends."""
    text = f"tt_{scope}_{secrets.token_urlsafe(32)}"
    ApiToken.create(
        org_id=user.org_id,
        user_id=user.id,
        scope=scope,
        label=label,
        hash=hash_of(text),
        idle_days=idle_days,
    )
    return text


def issue_signin_link(user: User) -> str:
    """A code that signs the user in once, within `SIGNIN_LINK_LIFE`."""
    return issue_link(user, Purpose.SIGNIN, SIGNIN_LINK_LIFE)


def issue_link(user: User, purpose: Purpose, life: timedelta) -> str:
    """A code that works once for that purpose; older ones of the same purpose stay as they are."""
    code = secrets.token_urlsafe(32)
    SigninLink.create(
        org_id=user.org_id,
        user_id=user.id,
        hash=hash_of(code),
        expires_at=clock.wall() + life,
        purpose=purpose,
    )
    return code


def user_of_link(code: str, purpose: Purpose) -> User | None:
    """Whose link that is, if it still works; looking does not use it up."""
    link = SigninLink.get_or_none(*_works(code, purpose))
    return User.get_or_none(User.id == link.user_id, ~User.is_disabled) if link else None


def use_link(code: str, purpose: Purpose) -> bool:
    """Use a link up; True for exactly one of many that try at once."""
    return bool(SigninLink.update(used_at=clock.wall()).where(*_works(code, purpose)).execute())


def end_links(user_id: str) -> None:
    """Make every unused link of a user worthless."""
    SigninLink.update(used_at=clock.wall()).where(
        SigninLink.user_id == user_id, SigninLink.used_at.is_null()
    ).execute()


def open_session(code: str) -> str | None:
    """Use a sign-in link up and return the text of a new session, or None if it does not hold."""
    with db.transaction():
        user = user_of_link(code, Purpose.SIGNIN)
        if user is None or not use_link(code, Purpose.SIGNIN):
            return None
        return open_session_of(user, BY_SHELL)


def open_session_of(user: User, proof: Proof) -> str:
    """The text of a new session; only its hash is kept."""
    now = clock.wall()
    text = secrets.token_urlsafe(32)
    Session.create(
        org_id=user.org_id,
        user_id=user.id,
        hash=hash_of(text),
        expires_at=now + (CODE_LIFE if proof.awaits_code else SESSION_LIFE),
        authenticated_at=now,
        second_factor_at=now if proof.has_second_factor else None,
        awaits_code=proof.awaits_code,
    )
    return text


def name_session(text: str, client: str) -> None:
    """Note what browser a session is in, for its user to know it again among hers."""
    Session.update(client=client).where(Session.hash == hash_of(text)).execute()


def user_awaiting_code(text: str) -> User | None:
    """Whose password was right in that browser, while her code is still to come; None otherwise."""
    half = Session.get_or_none(
        Session.hash == hash_of(text),
        Session.awaits_code,
        Session.ended_at.is_null(),
        Session.expires_at > clock.wall(),
    )
    return User.get_or_none(User.id == half.user_id, ~User.is_disabled) if half else None


def end_session_by_text(text: str) -> bool:
    """End the session that a cookie names; False if it was over already."""
    still = Session.ended_at.is_null() & (Session.hash == hash_of(text))
    return bool(Session.update(ended_at=clock.wall()).where(still).execute())


def prove_again(session_id: str) -> None:
    """Note that the session's user has just shown again who she is."""
    Session.update(authenticated_at=clock.wall()).where(Session.id == session_id).execute()


def prove_factor(session_id: str) -> None:
    """Note that the session's user has just shown her second factor."""
    now = clock.wall()
    shown = Session.update(authenticated_at=now, second_factor_at=now)
    shown.where(Session.id == session_id).execute()


def end_sessions_of(user_id: str, but: str | None = None) -> int:
    """End every session of a user, but for one; how many ended."""
    open_ones = Session.ended_at.is_null() & (Session.user_id == user_id)
    chosen = open_ones if but is None else open_ones & (Session.id != but)
    return int(Session.update(ended_at=clock.wall()).where(chosen).execute())


def end_session(session_id: str) -> None:
    """Sign that browser out, for good."""
    Session.update(ended_at=clock.wall()).where(Session.id == session_id).execute()


def caller_of_token(text: str, *, with_row: bool = False) -> Caller | None:
    """Whose token that is, or None if it is unknown, revoked, lapsed or of a disabled user."""
    row = db.one(
        "SELECT t.id, t.scope, t.created_at, t.last_used_at, t.idle_days,"
        f" u.id, u.org_id, u.team_id, u.role, u.email{f', {USER_ROW}' if with_row else ''}"
        ' FROM api_token t JOIN "user" u ON u.id = t.user_id'
        " WHERE t.hash = %s AND t.revoked_at IS NULL AND NOT u.is_disabled",
        [hash_of(text)],
    )
    if row is None:
        return None
    token_id, scope, created_at, last_used_at, idle_days, *who = row
    if idle_days is not None and clock.now() - (last_used_at or created_at) > timedelta(idle_days):
        return None
    _note_use(token_id, last_used_at)
    user_id, org_id, team_id, role, email, *user = who
    own = user_from(user) if with_row else None
    return Caller(user_id, org_id, team_id, role, email, Scope(scope), row=own)


def caller_of_session(text: str) -> Caller | None:
    """Whose session that is, or None for one that is unknown, over or of a disabled user."""
    row = db.one(
        "SELECT u.id, u.org_id, u.team_id, u.role, u.email,"
        " s.id, s.authenticated_at, s.second_factor_at"
        ' FROM session s JOIN "user" u ON u.id = s.user_id'
        " WHERE s.hash = %s AND s.ended_at IS NULL AND s.expires_at > %s AND NOT u.is_disabled"
        " AND NOT s.awaits_code",
        [hash_of(text), clock.wall()],
    )
    if row is None:
        return None
    user_id, org_id, team_id, role, email, session_id, proven_at, factor_at = row
    who = Caller(user_id, org_id, team_id, role, email, Scope.API, session_id)
    return replace(who, proven_at=proven_at, has_second_factor=factor_at is not None)


def hash_of(text: str) -> str:
    """What is kept of a random text that lets somebody in.

    It needs no slow hash: 79 bits and more are not guessed from their digest, and the one text with
    less, the code of a panel, lives for minutes.
    """
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _note_use(token_id: str, last_used_at: datetime | None) -> None:
    now = clock.wall()
    if last_used_at is None or now - last_used_at > LAST_USED_STEP:
        ApiToken.update(last_used_at=now).where(ApiToken.id == token_id).execute()


def _works(code: str, purpose: Purpose) -> tuple[Any, ...]:
    return (
        SigninLink.hash == hash_of(code),
        SigninLink.purpose == purpose,
        SigninLink.used_at.is_null(),
        SigninLink.expires_at > clock.wall(),
    )
