"""A user's own ways in: which tokens and browsers there are, making one, and ending one."""

from backend import clock, db
from backend.errors import Conflict, NotFound
from backend.models.access import Scope, end_session, hash_of, issue_token
from backend.models.org import ApiToken, AuditLog, Session, User

MAX_TOKENS = 50  # of one user, in force at a time


def tokens_of(user_id: str) -> list[ApiToken]:
    """The user's tokens that are in force, the newest first."""
    return list(
        ApiToken.select()
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_null())
        .order_by(ApiToken.created_at.desc(), ApiToken.id.desc())
    )


def make_token(user: User, scope: Scope, label: str) -> tuple[ApiToken, str]:
    """A new token and its text, which is seen only now; raises Conflict when she has too many."""
    with db.transaction():
        if len(tokens_of(user.id)) >= MAX_TOKENS:
            raise Conflict("problems.too_many_tokens", most=MAX_TOKENS)
        text = issue_token(user, scope, label)
        made = ApiToken.get(ApiToken.hash == hash_of(text))
        _write_audit(user, "token.made", "api_token", made.id)
    return made, text


def revoke_token(user: User, token_id: str) -> None:
    """Let a token of the user open nothing any more; raises NotFound if she has none such."""
    with db.transaction():
        done = (
            ApiToken.update(revoked_at=clock.now())
            .where(
                ApiToken.id == token_id,
                ApiToken.user_id == user.id,
                ApiToken.revoked_at.is_null(),
            )
            .execute()
        )
        if not done:
            raise NotFound("problems.no_token")
        _write_audit(user, "token.revoked", "api_token", token_id)


def sessions_of(user_id: str) -> list[Session]:
    """The browsers in which the user is signed in, the newest first."""
    return list(
        Session.select()
        .where(
            Session.user_id == user_id,
            Session.ended_at.is_null(),
            Session.expires_at > clock.wall(),
            ~Session.awaits_code,
        )
        .order_by(Session.created_at.desc(), Session.id.desc())
    )


def end_session_of(user: User, session_id: str) -> None:
    """Sign that browser of the user out, for good; raises NotFound if it is not signed in."""
    if session_id not in {session.id for session in sessions_of(user.id)}:
        raise NotFound("problems.no_browser")
    with db.transaction():
        end_session(session_id)
        _write_audit(user, "session.ended", "session", session_id)


def _write_audit(user: User, action: str, object_type: str, object_id: str) -> None:
    AuditLog.create(
        org_id=user.org_id,
        actor=user.id,
        action=action,
        object_type=object_type,
        object_id=object_id,
    )
