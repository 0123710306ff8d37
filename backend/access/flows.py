"""The way to a provider and back: its state works once, in the browser that began it.

A flow lives 10 minutes. Nonce and verifier are derived from the state by the installation's
secret, so that none lies in the database; what msal wants kept lies in the safe.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import orjson

from backend import clock
from backend.access.connections import Clients
from backend.access.safe import Owner
from backend.errors import Invalid
from backend.models.access import hash_of
from backend.models.identities import ProviderFlow
from backend.models.mailboxes import Connection
from backend.providers import microsoft, openid
from backend.providers.openid import Account, Grant, Proofs
from backend.providers.probe import BOOK_SCOPES, LOOP_SCOPES, SCOPES, SIGNIN_SCOPES

LIFE = timedelta(minutes=10)
_MSAL = "msal_flow"


class Purpose(StrEnum):
    """What somebody goes to a provider for."""

    SIGNIN = "signin"
    LINK = "link"
    MAILBOX = "mailbox"
    CONTACTS = "contacts"
    PILOT = "pilot"
    LOOP = "loop"
    CONSENT = "consent"


MAIL = frozenset({Purpose.MAILBOX, Purpose.CONTACTS, Purpose.PILOT})


class Stale(Invalid):
    """An answer that belongs to no flow of this browser, or to one that is over."""

    slug = "flow-stale"


@dataclass(frozen=True, slots=True)
class Traveller:
    """Who goes, from which browser, with which address in mind."""

    purpose: Purpose
    browser: str
    user_id: str | None = None
    login_hint: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came back: the flow, the connection, the account and what it granted."""

    purpose: Purpose
    user_id: str | None
    connection: Connection
    account: Account
    grant: Grant


def begin(clients: Clients, connection: Connection, who: Traveller) -> str:
    """Where to send the browser. Raises Away, Refused."""
    state = secrets.token_urlsafe(32)
    client = clients.of(connection)
    flow = ProviderFlow(
        org_id=connection.org_id,
        connection_id=connection.id,
        user_id=who.user_id,
        purpose=who.purpose,
        state_hash=hash_of(state),
        browser_hash=hash_of(who.browser),
        expires_at=clock.wall() + LIFE,
    )
    if who.purpose is Purpose.CONSENT:
        flow.save(force_insert=True)
        return microsoft.consent_url(client, state, clients.settings.graph_url)
    if connection.provider == "microsoft" and who.purpose in MAIL:
        scopes = _scopes(connection, who.purpose)
        asked = microsoft.begin(client, state, scopes, who.login_hint)
        flow.save(force_insert=True)
        clients.safe.put(_owner(flow), _MSAL, orjson.dumps(asked).decode())
        return str(asked["auth_uri"])
    proofs = _proofs(clients, state)
    url = openid.begin(client, proofs, _scopes(connection, who.purpose), _extra(connection, who))
    flow.save(force_insert=True)
    return url


def finish(clients: Clients, provider: str, browser: str, answer: dict[str, str]) -> Arrival:
    """Who came back by this answer. Raises Stale, Refused, Away; the state is used up by any."""
    flow, connection = _use(provider, browser, answer.get("state", ""))
    client = clients.of(connection)
    if flow.purpose == Purpose.CONSENT:
        microsoft.require_consented(client, answer)
        account, grant = Account(client.tenant, "", ""), Grant("", "")
    elif provider == "microsoft" and flow.purpose in MAIL:
        kept = clients.safe.get(_owner(flow), _MSAL)
        clients.safe.drop(_owner(flow))
        asked: dict[str, Any] = orjson.loads(kept or "{}")
        account, grant = microsoft.finish(client, asked, answer)
    else:
        proofs = _proofs(clients, answer["state"])
        scopes = _scopes(connection, Purpose(flow.purpose))
        account, grant = openid.finish(client, proofs, answer, scopes)
    return Arrival(Purpose(flow.purpose), flow.user_id, connection, account, grant)


def forget_old() -> int:
    """Delete flows that are over; how many."""
    return int(ProviderFlow.delete().where(ProviderFlow.expires_at < clock.wall()).execute())


def _use(provider: str, browser: str, state: str) -> tuple[ProviderFlow, Connection]:
    now = clock.wall()
    mine = (
        ProviderFlow.state_hash == hash_of(state),
        ProviderFlow.browser_hash == hash_of(browser),
        ProviderFlow.used_at.is_null(),
        ProviderFlow.expires_at > now,
    )
    flow = ProviderFlow.get_or_none(*mine)
    connection = Connection.get_or_none(Connection.id == flow.connection_id) if flow else None
    if flow is None or connection is None or connection.provider != provider:
        raise Stale("problems.answer_unknown")
    if not ProviderFlow.update(used_at=now).where(*mine).execute():
        raise Stale("problems.answer_used")
    return flow, connection


def _proofs(clients: Clients, state: str) -> Proofs:
    key = clients.settings.secret.encode()
    return Proofs(state, _derived(key, f"nonce|{state}"), _derived(key, f"verifier|{state}"))


def _derived(key: bytes, text: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")).decode().rstrip("=")


def _scopes(connection: Connection, purpose: Purpose) -> tuple[str, ...]:
    if purpose is Purpose.LOOP:
        return LOOP_SCOPES[connection.provider]
    if purpose is Purpose.CONTACTS:
        return (*SCOPES[connection.provider], *BOOK_SCOPES[connection.provider])
    return tuple(SCOPES[connection.provider]) if purpose in MAIL else SIGNIN_SCOPES


def _extra(connection: Connection, who: Traveller) -> dict[str, str]:
    extra = {"login_hint": who.login_hint} if who.login_hint else {}
    if connection.provider == "google" and connection.tenant:
        extra["hd"] = connection.tenant
    if who.purpose in MAIL:  # otherwise Google gives a refresh token the first time only
        extra |= {"access_type": "offline", "prompt": "consent"}
    elif who.purpose is Purpose.LOOP:  # nothing lasting is asked for
        extra |= {"prompt": "consent"}
    else:
        extra |= {"prompt": "select_account"}
    return extra


def _owner(flow: ProviderFlow) -> Owner:
    return Owner(flow.org_id, "provider_flow", flow.id)
