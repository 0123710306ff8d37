"""One's own API tokens, panels and signed-in browsers, over HTTP."""

from http import HTTPStatus
from typing import Annotated, Any

from flask import Response
from flask_openapi import APIBlueprint
from pydantic import Field, StringConstraints

from backend.models import own_access
from backend.models.access import Scope
from backend.models.org import MAX_LABEL, ApiToken, Session
from backend.web import payloads
from backend.web.callers import me
from backend.web.permissions import FULL, FULL_FRESH, allow, caller
from backend.web.problems import CONFLICTS, PROBLEMS, answer

api = APIBlueprint("own_access", __name__, url_prefix="/api/v1", abp_responses=PROBLEMS)

Label = Annotated[
    payloads.Line,
    Field(max_length=MAX_LABEL, pattern=r"\S"),
    StringConstraints(strip_whitespace=True),
]


class TokenIn(payloads.Shape):
    """A token to make: what it is called, and what it may do."""

    label: Label
    scope: Scope = Scope.API


class TokenOut(payloads.Answer):
    """A token or panel; its text is not kept. `last_used_at` is exact to a minute."""

    id: payloads.Uuid
    label: str
    scope: Scope
    created_at: str
    last_used_at: str | None


class NewTokenOut(TokenOut):
    """A new token with its text, which is shown only now."""

    token: str


class TokensOut(payloads.Answer):
    """The tokens in force, the newest first."""

    items: list[TokenOut]


class SessionOut(payloads.Answer):
    """A browser in which the caller is signed in; `client` is what it said it is."""

    id: payloads.Uuid
    client: str
    created_at: str
    expires_at: str
    is_current: bool


class SessionsOut(payloads.Answer):
    """The browsers, the newest first."""

    items: list[SessionOut]


@api.get("/tokens", responses={200: TokensOut})
@allow(FULL)
def index() -> Response:
    """The caller's own tokens and panels."""
    return answer({"items": [token_out(each) for each in own_access.tokens_of(caller().user_id)]})


@api.post("/tokens", responses={201: NewTokenOut, **CONFLICTS})
@allow(FULL_FRESH)
def make(body: TokenIn) -> Response:
    """Make a token of one's own; its text is in this answer and nowhere else."""
    made, text = own_access.make_token(me(), body.scope, body.label)
    return answer(token_out(made) | {"token": text}, HTTPStatus.CREATED)


@api.delete("/tokens/<id:id>", responses={204: None})
@allow(FULL)
def revoke(path: payloads.ById) -> Response:
    """Revoke a token: from now on it opens nothing."""
    own_access.revoke_token(me(), path.id)
    return Response(status=HTTPStatus.NO_CONTENT)


@api.get("/sessions", responses={200: SessionsOut})
@allow(FULL)
def show_sessions() -> Response:
    """The browsers in which the caller is signed in."""
    found = own_access.sessions_of(caller().user_id)
    return answer({"items": [session_out(each) for each in found]})


@api.delete("/sessions/<id:id>", responses={204: None})
@allow(FULL)
def end(path: payloads.ById) -> Response:
    """Sign a browser out."""
    own_access.end_session_of(me(), path.id)
    return Response(status=HTTPStatus.NO_CONTENT)


def token_out(token: ApiToken) -> dict[str, Any]:
    """A token as the API shows it."""
    return {
        "id": token.id,
        "label": token.label,
        "scope": token.scope,
        "created_at": token.created_at,
        "last_used_at": token.last_used_at,
    }


def session_out(session: Session) -> dict[str, Any]:
    """A signed-in browser as the API shows it."""
    return {
        "id": session.id,
        "client": session.client,
        "created_at": session.created_at,
        "expires_at": session.expires_at,
        "is_current": session.id == caller().session_id,
    }
