"""An organisation's client at a provider: set up a step at a time, tested, then used."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from backend import clock, db
from backend.access import audit
from backend.access.members import Admin
from backend.access.safe import Owner, Safe
from backend.errors import NotFound
from backend.models.mailboxes import Connection
from backend.models.organisation_grants import OrganisationGrant
from backend.providers import openid
from backend.providers.openid import Client
from backend.settings import Settings

PROVIDERS = ("google", "microsoft")
KEPT_AS = "client_secret"  # what the safe knows it by


class State(StrEnum):
    """How far a connection is set up; what is told beside it is its reason."""

    NEW = "new"
    READY = "ready"
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class Keys:
    """What an admin pastes; an empty secret keeps the one that is there."""

    client_id: str
    tenant: str
    secret: str
    allows_signin: bool


@dataclass(frozen=True, slots=True)
class Clients:
    """Makes clients of connections: the settings say where, the safe holds the secrets."""

    settings: Settings
    safe: Safe

    def of(self, connection: Connection) -> Client:
        """The client; its redirect address is a setting's, whatever a request says."""
        settings = self.settings
        issuer = settings.google_issuer
        if connection.provider == "microsoft":
            issuer = f"{settings.microsoft_authority}/{connection.tenant}/v2.0"
        return Client(
            provider=connection.provider,
            issuer=issuer,
            client_id=connection.client_id,
            redirect_uri=redirect_uri(settings, connection.provider),
            tenant=connection.tenant,
            secret=self.secret_of(connection),
            authority=settings.provider_ca,
        )

    def secret_of(self, connection: Connection) -> str:
        """What the client proves itself with, "" while it has nothing."""
        return self.safe.get(owner(connection), KEPT_AS) or ""

    def anonymous(self, provider: str) -> Client:
        """Who asks a mail API by a token that is no client's of ours."""
        return Client(provider, "", "", "", authority=self.settings.provider_ca)

    def api_of(self, provider: str) -> str:
        """Where the provider's mail API is."""
        settings = self.settings
        return settings.google_gmail_endpoint if provider == "google" else settings.graph_url


def redirect_uri(settings: Settings, provider: str) -> str:
    """The address to register at the provider."""
    return f"{settings.public_url}/oauth/{provider}"


def owner(connection: Connection) -> Owner:
    """Whose the connection's secrets are."""
    return Owner(connection.org_id, "connection", connection.id)


def find(org_id: str, provider: str) -> Connection | None:
    """The organisation's connection to a provider, however far it is set up; None for none."""
    found: Connection | None = Connection.get_or_none(
        Connection.org_id == org_id, Connection.provider == provider
    )
    return found


def with_secret(org_id: str, provider: str, safe: Safe) -> Connection | None:
    """The same, if its secret is kept: only then can the provider be asked anything."""
    found = find(org_id, provider)
    return found if found and safe.has(owner(found), KEPT_AS) else None


def ready(org_id: str, provider: str) -> Connection:
    """The connection, if it can be used. Raises NotFound."""
    found = find(org_id, provider)
    if found is None or found.state != State.READY:
        raise NotFound("problems.no_provider")
    return found


def for_signing_in() -> list[Connection]:
    """Every connection that users may sign in with."""
    found = Connection.select().where(Connection.state == State.READY)
    return [each for each in found.order_by(Connection.provider) if each.detail.get("signin")]


def save(admin: Admin, provider: str, keys: Keys, safe: Safe) -> Connection:
    """Keep what was pasted; it is to be tested anew. The secret is only ever replaced.

    Microsoft's organisation grant is the same app's: it is to be tested anew, too.
    """
    now = clock.wall()
    with db.transaction():
        found = find(admin.org_id, provider)
        connection = found or Connection(
            org_id=admin.org_id, provider=provider, method="user_consent"
        )
        connection.client_id, connection.tenant = keys.client_id, keys.tenant
        connection.state, connection.reason, connection.updated_at = State.NEW, "", now
        connection.detail = {**connection.detail, "signin": keys.allows_signin}
        connection.save(force_insert=found is None)
        if keys.secret:
            safe.put(owner(connection), KEPT_AS, keys.secret)
        if provider == "microsoft":
            OrganisationGrant.update(state=State.NEW, reason="", updated_at=now).where(
                OrganisationGrant.org_id == admin.org_id, OrganisationGrant.provider == provider
            ).execute()
    detail = {
        "provider": provider,
        "client_id": keys.client_id,
        "tenant": keys.tenant,
        "new_secret": bool(keys.secret),
    }
    act = audit.Act("connection.saved", "connection", connection.id)
    audit.note(admin.org_id, admin.email, act, detail)
    return connection


def test(clients: Clients, connection: Connection) -> None:
    """Ask the provider whether it knows the client, and note the answer. Raises Refused, Away."""
    openid.try_client(clients.of(connection))
    note(connection, State.READY, tested_at=clock.wall())


def note(
    connection: Connection, state: State, reason: str = "", *, tested_at: datetime | None = None
) -> None:
    """Note where a connection stands, if it is as it was read; another is to be tested anew."""
    if tested_at:
        connection.detail = {**connection.detail, "tested_at": tested_at.isoformat()}
    of_this = (Connection.id == connection.id, Connection.updated_at == connection.updated_at)
    connection.state, connection.reason, connection.updated_at = state, reason, clock.wall()
    Connection.update(
        state=state, reason=reason, detail=connection.detail, updated_at=connection.updated_at
    ).where(*of_this).execute()
