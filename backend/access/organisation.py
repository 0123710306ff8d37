"""Access that an organisation gives to its people's mailboxes at once: set up, and tried."""

from dataclasses import dataclass

from backend import clock, db
from backend.access import audit, coverage
from backend.access.connections import Clients, State
from backend.access.grants import SERVICE_KEY, Grants, grant_owner
from backend.access.mailboxes import normal
from backend.access.members import Admin
from backend.access.safe import Safe
from backend.models.organisation_grants import OrganisationGrant, held_grant_of
from backend.providers import probe
from backend.providers.faults import Refused
from backend.providers.google import ServiceKey

# What tells that an app is kept out of a mailbox, as it has to be outside its scope.
_KEPT_OUT = frozenset({"scopes", "odata_off"})


@dataclass(frozen=True, slots=True)
class Given:
    """What an admin fills in; without a key the one that is there is kept."""

    pilot: str
    domains: tuple[str, ...] = ()
    outside: str = ""
    key: ServiceKey | None = None


def save(admin: Admin, provider: str, given: Given, safe: Safe) -> OrganisationGrant:
    """Keep what was filled in; it is to be tested anew. The key is only ever replaced."""
    with db.transaction():
        found = held_grant_of(admin.org_id, provider)
        grant = found or OrganisationGrant(org_id=admin.org_id, provider=provider)
        grant.pilot, grant.outside, grant.domains = given.pilot, given.outside, [*given.domains]
        grant.state, grant.reason, grant.updated_at = State.NEW, "", clock.now()
        if given.key:
            grant.account, grant.client_id = given.key.client_email, given.key.client_id
        grant.save(force_insert=found is None)
        if given.key:
            safe.put(grant_owner(grant), SERVICE_KEY, given.key.text)
    detail = {"provider": provider, "pilot": given.pilot, "new_key": bool(given.key)}
    _note(admin, "organisation_grant.saved", grant, detail)
    return grant


def test(grants: Grants, clients: Clients, grant: OrganisationGrant) -> None:
    """Open the pilot mailbox by one real call, and note how it went. Raises Refused, Away."""
    try:
        token = grants.try_one(grant, grant.pilot).token
        (_try_google if grant.provider == "google" else _try_microsoft)(clients, grant, token)
    except Refused as error:
        if error.key != "throttled":  # which says nothing of how it is set up
            _tested(grant, State.FAULTY, error.key)
        raise
    if _tested(grant, State.READY):
        coverage.go_on(grant)


def end(admin: Admin, grant: OrganisationGrant, safe: Safe) -> None:
    """Delete the key and capture nothing more by it; what was captured stays."""
    with db.transaction():
        held_grant_of(grant.org_id, grant.provider)  # before who opens mailboxes by it, or after
        coverage.close_all(grant)
        safe.drop(grant_owner(grant))
        grant.delete_instance()
    _note(admin, "organisation_grant.ended", grant, {"provider": grant.provider})


def _try_google(clients: Clients, grant: OrganisationGrant, token: str) -> None:
    client, api = clients.anonymous("google"), clients.api_of("google")
    if normal(probe.address_of(client, api, token)) != grant.pilot:
        raise Refused("alias")
    probe.read_one(client, api, token)


def _try_microsoft(clients: Clients, grant: OrganisationGrant, token: str) -> None:
    client, api = clients.anonymous("microsoft"), clients.api_of("microsoft")
    try:
        probe.read_one(client, api, token, grant.pilot)
    except Refused as error:
        raise Refused("app_denied", error.code) if error.key == "scopes" else error from None
    if grant.outside:
        _require_closed(clients, grant.outside, token)


def _require_closed(clients: Clients, address: str, token: str) -> None:
    """Nothing, if the app is kept out of that mailbox. Raises Refused."""
    client, api = clients.anonymous("microsoft"), clients.api_of("microsoft")
    try:
        probe.read_one(client, api, token, address)
    except Refused as error:
        if error.key in _KEPT_OUT:
            return
        is_nobody = error.key == "no_mailbox"
        raise Refused("outside_unknown", error.code) if is_nobody else error from None
    raise Refused("too_wide")


def _tested(grant: OrganisationGrant, state: State, reason: str = "") -> bool:
    """Whether it is noted: what was filled in anew meanwhile has not been tested by this."""
    grant.state, grant.reason, grant.tested_at = state, reason, clock.now()
    noted = OrganisationGrant.update(state=state, reason=reason, tested_at=grant.tested_at).where(
        OrganisationGrant.id == grant.id, OrganisationGrant.updated_at == grant.updated_at
    )
    return bool(noted.execute())


def _note(admin: Admin, action: str, grant: OrganisationGrant, detail: dict[str, object]) -> None:
    act = audit.Act(action, "organisation_grant", grant.id)
    audit.note(grant.org_id, admin.email, act, detail)
