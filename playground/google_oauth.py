"""The playground's Google as an OpenID provider: its description, consent page and token endpoint.

One client is known, the product itself, with one redirect address; accounts are the installation's
users, and only who is signed in there gets as far as consenting.
Source: developers.google.com/identity/openid-connect/openid-connect (2026), and Google's own
description at accounts.google.com/.well-known/openid-configuration.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from backend.access import connections
from backend.errors import Invalid, NotSignedIn
from backend.models.org import User
from backend.settings import Settings
from backend.web import screens
from backend.web.callers import me
from backend.web.doors import the_settings
from backend.web.permissions import ANYONE, OWN, allow
from backend.web.problems import answer
from playground.google import API, CERTS, CLIENT_ID
from playground.google_grants import GoogleGrants, GrantRefused, Wish

AUTHORIZE = "/o/oauth2/v2/auth"
TOKEN = "/token"  # noqa: S105 (a path)
REVOKE = "/revoke"
MAX_ASKED = 2_000  # characters of one parameter

consent = Blueprint(
    "playground_google_consent", __name__, url_prefix=API, template_folder="templates"
)
screens.prepare(consent)
oauth = Blueprint("playground_google_oauth", __name__, url_prefix=API)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a client came with, once it fits."""

    wish: Wish
    state: str
    hint: str

    @classmethod
    def of(cls, values: Any, settings: Settings) -> "_Asked":
        """Raises Invalid with Google's word for what does not fit."""
        told = {name: str(value)[:MAX_ASKED] for name, value in values.items()}
        if told.get("client_id") != CLIENT_ID:
            raise Invalid("problems.play_google", code="invalid_client")
        if told.get("redirect_uri") != connections.redirect_uri(settings, "google"):
            raise Invalid("problems.play_google", code="redirect_uri_mismatch")
        if told.get("response_type") != "code" or told.get("code_challenge_method") != "S256":
            raise Invalid("problems.play_google", code="invalid_request")
        wish = Wish(
            scope=told.get("scope", ""),
            redirect_uri=told["redirect_uri"],
            nonce=told.get("nonce", ""),
            challenge=told.get("code_challenge", ""),
        )
        return cls(wish, told.get("state", ""), told.get("login_hint", ""))


@oauth.get("/.well-known/openid-configuration")
@allow(ANYONE)
def describe() -> Response:
    """Where everything is."""
    base = the_settings().public_url
    return answer(
        {
            "issuer": f"{base}{API}",
            "authorization_endpoint": f"{base}{API}{AUTHORIZE}",
            "token_endpoint": f"{base}{API}{TOKEN}",
            "revocation_endpoint": f"{base}{API}{REVOKE}",
            "jwks_uri": f"{base}{CERTS}",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }
    )


@oauth.get(CERTS.removeprefix(API))
@allow(ANYONE)
def show_keys() -> Response:
    """Its public keys."""
    response = answer(GoogleGrants.of(the_settings()).google.certs())
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@consent.get(AUTHORIZE)
@allow(OWN)
def ask() -> str:
    """The consent page: which account, and which of the permissions. Raises Invalid."""
    asked, user = _Asked.of(request.args, the_settings()), me()
    return render_template(
        "playground/consent.html",
        accounts=_accounts(user),
        chosen=asked.hint or user.email,
        scopes=asked.wish.scope.split(),
        given=request.args,
    )


@consent.post(AUTHORIZE)
@allow(OWN)
def decide() -> AnyResponse:
    """Go back with a code for what was left ticked, or with access_denied. Raises Invalid."""
    settings = the_settings()
    asked = _Asked.of(request.form, settings)
    grants = GoogleGrants.of(settings)
    back = {"state": asked.state, "iss": grants.issuer}
    email = request.form.get("account", "")
    if request.form.get("answer") != "allow" or email not in _accounts(me()):
        back |= {"error": "access_denied"}
    else:
        ticked = [each for each in asked.wish.scope.split() if each in request.form.getlist("tick")]
        scope = " ".join(ticked)
        wish = Wish(scope, asked.wish.redirect_uri, asked.wish.nonce, asked.wish.challenge)
        back |= {"code": grants.code(email, wish), "scope": scope}
    return redirect(f"{asked.wish.redirect_uri}?{urlencode(back)}", HTTPStatus.SEE_OTHER)


@oauth.post(TOKEN)
@allow(ANYONE)
def token() -> Response:
    """Tokens for a code or for a refresh token. Raises GrantRefused, NotSignedIn."""
    grants, form = GoogleGrants.of(the_settings()), request.form
    grants.require_client(form.get("client_id", ""), form.get("client_secret", ""))
    if form.get("grant_type") == "refresh_token":
        return answer(grants.renew(form.get("refresh_token", "")))
    uri, verifier = form.get("redirect_uri", ""), form.get("code_verifier", "")
    return answer(grants.redeem(form.get("code", ""), uri, verifier))


@oauth.post(REVOKE)
@allow(ANYONE)
def revoke() -> Response:
    """Withdraw a grant. Raises GrantRefused."""
    GoogleGrants.of(the_settings()).revoke(request.form.get("token", ""))
    return answer({})


@oauth.errorhandler(GrantRefused)
@oauth.errorhandler(NotSignedIn)
def _say_no(error: GrantRefused | NotSignedIn) -> Response:
    word = "invalid_grant" if isinstance(error, GrantRefused) else "invalid_client"
    return answer({"error": word, "error_description": error.detail}, HTTPStatus(error.status))


def _accounts(user: User) -> list[str]:
    """The user's own account, and a colleague's: so that the wrong one can be chosen."""
    colleague = User.get_or_none(User.org_id == user.org_id, User.id != user.id)
    return [user.email, *([colleague.email] if colleague else [])]
