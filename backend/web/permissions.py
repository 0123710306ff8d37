"""Who may call what: each route declares it, and a route that does not stops the start."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

from flask import Flask, Request, current_app, g, request

from backend import clock
from backend.errors import ConfirmNeeded, FactorNeeded, Forbidden, NotSignedIn, SettingsError
from backend.models.access import Caller, Scope, caller_of_session, caller_of_token

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ROLES = frozenset({"rep", "manager", "admin", "auditor"})
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"
ATTRIBUTE = "permission"  # of a view function
BODY_BYTES = "body_bytes"  # the same, where more than the usual is taken
WITH_ROW = "with_row"  # the same

_View = TypeVar("_View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Permission:
    """Scopes and roles that may call a route; public routes need neither.

    A blind one does not even ask who calls, so that it answers without the database. A page of the
    console takes a browser's session and no token; a dangerous route also asks that a session's
    user has shown who she is within `FRESH` (a token is made for such calls, and can be revoked).
    `is_enrolling` lets an admin in who has no second factor yet.
    """

    scopes: frozenset[Scope] = frozenset()
    roles: frozenset[str] = ROLES
    is_public: bool = False
    is_blind: bool = False
    is_console: bool = False
    is_dangerous: bool = False
    is_enrolling: bool = False


EDITORS = ROLES - {"auditor"}  # an auditor only looks

PUBLIC = Permission(is_public=True)
ANYONE = Permission(is_public=True, is_blind=True)
STAMP = Permission(frozenset({Scope.API, Scope.STAMP}), EDITORS)
READ = Permission(frozenset({Scope.API, Scope.READ}))
WRITE = Permission(frozenset({Scope.API}), EDITORS)
NOTE = Permission(frozenset({Scope.API, Scope.READ}), EDITORS)  # a panel adds whom it came upon
FULL = Permission(frozenset({Scope.API}))  # every role, but no panel's token
FULL_FRESH = replace(FULL, is_dangerous=True)
MANAGE = Permission(frozenset({Scope.API}), frozenset({"admin"}))
MANAGE_FRESH = replace(MANAGE, is_dangerous=True)
ANY_TOKEN = Permission(frozenset(Scope), is_enrolling=True)
OWN = Permission(frozenset({Scope.API}), is_console=True)
OWN_FRESH = replace(OWN, is_dangerous=True)
ENROL = replace(OWN, is_enrolling=True)
ADMIN = Permission(frozenset({Scope.API}), frozenset({"admin"}), is_console=True)
ADMIN_FRESH = replace(ADMIN, is_dangerous=True)
AUDIT = replace(ADMIN, roles=frozenset({"admin", "auditor"}))
AUDIT_FRESH = replace(AUDIT, is_dangerous=True)
FRESH = timedelta(minutes=10)  # Source: CASA 2.3.4, ASVS 5 7.5.1


def allow(
    permission: Permission, body_bytes: int | None = None, *, with_row: bool = False
) -> Callable[[_View], _View]:
    """Declare a view's permission, and how long a body it takes if that is more than the usual.

    `with_row` has the user's row brought along with her token, for a route that is in a hurry and
    needs it always: one question less takes a twentieth off a stamp on PostgreSQL.
    """

    def declare(view: _View) -> _View:
        setattr(view, ATTRIBUTE, permission)
        setattr(view, BODY_BYTES, body_bytes)
        setattr(view, WITH_ROW, with_row)
        return view

    return declare


def enforce(app: Flask, secret: str) -> None:
    """Check every request against its route's permission, before anything else is looked at."""
    app.config["CSRF_KEY"] = hmac.digest(secret.encode(), b"telltale csrf", "sha256")
    app.before_request(_check)


def require_declared(app: Flask) -> None:
    """Nothing, if every route has a permission. Raises SettingsError, which stops the start."""
    missing = sorted(
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if not hasattr(app.view_functions[rule.endpoint], ATTRIBUTE)
    )
    if missing:
        raise SettingsError(f"Routes without a permission: {', '.join(missing)}")


def caller() -> Caller:
    """Who makes the present request (of a route that is not public)."""
    found: Caller = g.caller
    return found


def is_fresh(who: Caller) -> bool:
    """Whether the browser's user has shown lately who she is."""
    return who.proven_at is not None and clock.wall() - who.proven_at < FRESH


def require_fresh() -> None:
    """Nothing, if the caller has shown lately who she is. Raises ConfirmNeeded.

    For a route of which only some requests are dangerous.
    """
    who = caller()
    if who.session_id is not None and not is_fresh(who):
        raise ConfirmNeeded("problems.confirm")


def csrf_token(session_id: str) -> str:
    """The token that forms and scripts of this session send back."""
    key: bytes = current_app.config["CSRF_KEY"]
    return hmac.new(key, session_id.encode(), hashlib.sha256).hexdigest()


def session_cookie() -> str:
    """The session cookie's name: `__Host-` as soon as the installation is on https."""
    is_secure = current_app.config["SETTINGS"].is_public
    return "__Host-telltale_session" if is_secure else "telltale_session"


def _check() -> None:
    if request.endpoint is None:  # no such route, or not with this method
        return
    if request.method == "OPTIONS":  # a browser's question before a call, which carries no token
        return
    view = current_app.view_functions[request.endpoint]
    permission: Permission = getattr(view, ATTRIBUTE)
    with_row = getattr(view, WITH_ROW, False)
    who = None if permission.is_blind else _identify(request, with_row=with_row)
    g.caller = who
    if permission.is_public:
        return
    if who is None:
        raise NotSignedIn("problems.no_session")
    _require(permission, who)
    if (body_bytes := getattr(view, BODY_BYTES, None)) is not None:
        request.max_content_length = body_bytes  # now: a form's CSRF token lies in its body
    if who.session_id is not None and request.method not in SAFE_METHODS:
        _refuse_cross_site(request, who.session_id)
    if permission.is_dangerous:
        require_fresh()


def _require(permission: Permission, who: Caller) -> None:
    if who.scope not in permission.scopes:
        needed = " or ".join(sorted(permission.scopes))
        raise Forbidden("problems.scope", needed=needed)
    if who.role not in permission.roles:
        raise Forbidden("problems.role", needed=" / ".join(sorted(permission.roles)))
    if permission.is_console and who.session_id is None:
        raise Forbidden("problems.browser_only")
    lacks_factor = who.role == "admin" and who.session_id and not who.has_second_factor
    if lacks_factor and not permission.is_enrolling:
        raise FactorNeeded("problems.factor")


def _identify(asked: Request, *, with_row: bool) -> Caller | None:
    scheme, _, text = asked.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and text:
        return caller_of_token(text.strip(), with_row=with_row)
    cookie = asked.cookies.get(session_cookie())
    return caller_of_session(cookie) if cookie else None


def require_own_form() -> None:
    """Nothing, if the present request comes from a page of ours. Raises Forbidden.

    For forms that are sent before there is a session: browsers name the origin with each of them.
    """
    if "Origin" not in request.headers or _is_foreign(request):
        raise Forbidden("problems.form_old")


def _is_foreign(asked: Request) -> bool:
    origin = asked.headers.get("Origin")
    return origin is not None and origin.partition("://")[2] != asked.host


def _refuse_cross_site(asked: Request, session_id: str) -> None:
    sent = asked.headers.get(CSRF_HEADER) or asked.form.get(CSRF_FIELD, "")
    if _is_foreign(asked) or not hmac.compare_digest(
        sent.encode(), csrf_token(session_id).encode()
    ):
        raise Forbidden("problems.form_old")
