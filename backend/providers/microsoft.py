"""Microsoft mailboxes by msal: by their users' consent, or by the app's own access.

msal makes and checks state, nonce and PKCE of a flow, which the caller keeps sealed meanwhile.
Since its version 1.38 it believes whatever ID token comes: we check it as for signing in.
"""

import hashlib
import warnings
from typing import Any
from urllib.parse import urlencode

from backend import clock
from backend.providers import openid
from backend.providers.calls import DEADLINE_S, session, within
from backend.providers.faults import Away, Refused, refusal
from backend.providers.kept import Access, KeptGrant
from backend.providers.openid import Account, Client, Grant

# openid, profile and offline_access are added by msal itself.
_OWN = frozenset({"openid", "profile", "offline_access", "email"})
_PUBLIC = "https://login.microsoftonline.com/"


def begin(client: Client, state: str, scopes: tuple[str, ...], login_hint: str) -> dict[str, Any]:
    """A flow; `auth_uri` in it is where to send the browser. Raises Away, Refused."""
    wanted = [scope for scope in scopes if scope not in _OWN]
    return _ask(
        client,
        lambda app: app.initiate_auth_code_flow(
            wanted,
            redirect_uri=client.redirect_uri,
            state=state,
            login_hint=login_hint or None,
            prompt="select_account",
        ),
    )


def finish(client: Client, flow: dict[str, Any], answer: dict[str, str]) -> tuple[Account, Grant]:
    """Who came back, and with what. Raises Refused, Away."""
    token = _ask(client, lambda app: app.acquire_token_by_auth_code_flow(flow, answer))
    # What msal sends as the nonce is the hash of the one that it keeps.
    nonce = hashlib.sha256(str(flow.get("nonce", "")).encode()).hexdigest()
    id_token = str(token.get("id_token", ""))
    account = openid.account_of(client, openid.metadata_of(client), id_token, nonce)
    grant = Grant(
        refresh_token=str(token.get("refresh_token", "")),
        access_token=str(token.get("access_token", "")),
        scopes=frozenset(str(token.get("scope", "")).split()),
    )
    return account, grant


def consent_url(client: Client, state: str, graph_url: str) -> str:
    """Where an admin allows the app's own access for the whole directory.

    Source: learn.microsoft.com "Admin consent on the Microsoft identity platform" (2026).
    """
    asked = {
        "client_id": client.client_id,
        "scope": f"{graph_url}/.default",
        "redirect_uri": client.redirect_uri,
        "state": state,
    }
    return f"{client.issuer}/adminconsent?{urlencode(asked)}"


def require_consented(client: Client, answer: dict[str, str]) -> None:
    """Nothing, if an admin of this directory has allowed it. Raises Refused.

    The answer comes by the browser and proves nothing: the test that follows does.
    """
    if answer.get("error"):
        raise refusal(answer["error"], answer.get("error_description", ""))
    if answer.get("tenant", "").lower() != client.tenant:
        raise Refused("tenant")
    if answer.get("admin_consent", "").lower() != "true":
        raise Refused("admin_consent")


def renew(client: Client, kept: KeptGrant) -> KeptGrant:
    """The grant with a new access token, and a new refresh token. Raises Refused, Away."""
    wanted = [scope for scope in kept.scopes if scope not in _OWN]
    token = _ask(client, lambda app: app.acquire_token_by_refresh_token(kept.refresh_token, wanted))
    access = _access(token)
    return KeptGrant(
        refresh_token=str(token.get("refresh_token") or kept.refresh_token),
        scopes=kept.scopes,
        access_token=access.token,
        expires_at=access.ends_at,
    )


def app_access(client: Client, graph_url: str) -> Access:
    """The app's own access, to whichever mailboxes an admin has allowed. Raises Refused, Away."""
    scope = f"{graph_url}/.default"
    return _access(_ask(client, lambda app: app.acquire_token_for_client([scope])))


def _access(token: dict[str, Any]) -> Access:
    life_s = int(token.get("expires_in", 0))
    return Access(str(token["access_token"]), int(clock.wall().timestamp()) + life_s)


def _ask(client: Client, what: Any) -> dict[str, Any]:
    import msal
    from requests import RequestException

    # An answer by POST would come from another site, and so without our SameSite cookies.
    warnings.filterwarnings("ignore", "response_mode='form_post'", UserWarning)

    def call() -> dict[str, Any]:
        http = session(client.authority)
        try:
            app = msal.ConfidentialClientApplication(
                client.client_id,
                client_credential=client.secret,
                authority=client.issuer.removesuffix("/v2.0"),
                instance_discovery=client.issuer.startswith(_PUBLIC),
                http_client=_InTime(http),
            )
            return dict(what(app))
        except (RequestException, OSError, RuntimeError):
            raise Away("problems.microsoft_away") from None
        except (ValueError, KeyError, TypeError) as error:
            # msal says so of a state, nonce or tenant that does not fit, in free text.
            raise refusal("invalid_answer", str(error)) from None

    found = within(call)
    if "error" in found:
        raise refusal(str(found["error"]), str(found.get("error_description", "")))
    return found


class _InTime:
    """The HTTP client msal is given: no call of it waits longer than a page can."""

    def __init__(self, http: Any) -> None:
        self._http = http

    def get(self, url: str, **options: Any) -> Any:
        """As requests does."""
        return self._http.get(url, **{**options, "timeout": DEADLINE_S})

    def post(self, url: str, **options: Any) -> Any:
        """As requests does."""
        return self._http.post(url, **{**options, "timeout": DEADLINE_S})

    def close(self) -> None:
        """As requests does."""
        self._http.close()
