"""A fresh access token for a mailbox, whoever gave it: its user, or the organisation as a whole.

Whoever syncs a mailbox asks here before each turn, and while it runs:

    grants.access_token(mailbox)

By an organisation's grant Microsoft lets an app read mails but not profiles, so nobody may ask
`/me` with it, nor `/users/<address>` itself: only what is below the latter.
"""

from collections.abc import Callable

from backend.access import connections
from backend.access.connections import Clients
from backend.access.safe import Owner, Safe
from backend.models.gmail_notices import GmailNotices
from backend.models.mailboxes import Connection, GrantedBy, Mailbox
from backend.models.organisation_grants import OrganisationGrant, grant_of
from backend.providers import google, microsoft
from backend.providers.faults import Away, Refused
from backend.providers.google import ServiceKey, TokenPlace
from backend.providers.kept import Access, KeptGrant
from backend.providers.mail import NeedsAdmin, NeedsReauth, ProviderError, TryLater
from backend.providers.probe import SCOPES
from backend.providers.vault import Unopened
from backend.settings import Settings

GRANT = "grant"  # the name of what a user's syncing begins with
SERVICE_KEY = "service_key"
PULLING = ("https://www.googleapis.com/auth/pubsub",)
# Of these a user herself can mend her own grant; of all others an admin.
_HERS = frozenset({"grant", "consent", "scopes"})


class Grants:
    """What grants open; an organisation's access tokens are kept in memory, a user's sealed."""

    def __init__(self, settings: Settings, safe: Safe) -> None:
        self._settings = settings
        self._safe = safe
        self._clients = Clients(settings, safe)
        self._place = TokenPlace(settings.google_token_url, settings.provider_ca)
        self._made: dict[tuple[str, str, tuple[str, ...]], Access] = {}

    def access_token(self, mailbox: Mailbox, *, anew: bool = False) -> str:
        """A token that lasts five minutes more; `anew` after the provider took the last one not.

        Raises NeedsReauth, NeedsAdmin, TryLater.
        """
        return self.access(mailbox, anew=anew).token

    def access(
        self, mailbox: Mailbox, *, anew: bool = False, scopes: tuple[str, ...] = ()
    ) -> Access:
        """The same, with its end.

        `scopes` are for what an organisation may have delegated or not, apart from the rest: Google
        gives no token at all where one of several is not.
        """
        if mailbox.granted_by == GrantedBy.USER:
            return _asked(lambda: self._users(mailbox, anew), is_hers=True)
        return _asked(lambda: self._organisations(mailbox, anew, scopes), is_hers=False)

    def pulling(self, notices: GmailNotices) -> Access:
        """A new token of the service account that pulls notices. Raises NeedsAdmin, TryLater."""
        return _asked(lambda: google.own(self._pullers_key(notices), PULLING, self._place))

    def _pullers_key(self, notices: GmailNotices) -> ServiceKey:
        """Its own, else the one that opens the organisation's mailboxes. Raises Refused."""
        text = self._safe.get(notices_owner(notices), SERVICE_KEY)
        grant = grant_of(notices.org_id, "google")
        if text is None and grant is not None:
            text = self._safe.get(grant_owner(grant), SERVICE_KEY)
        return ServiceKey.of(text or "")

    def try_one(
        self, grant: OrganisationGrant, address: str, scopes: tuple[str, ...] = ()
    ) -> Access:
        """A new token for that mailbox by the organisation's grant. Raises Refused, Away."""
        if grant.provider == "microsoft":
            connection = connections.find(grant.org_id, grant.provider)
            if connection is None:
                raise Refused("no_connection")
            return microsoft.app_access(self._clients.of(connection), self._settings.graph_url)
        text = self._safe.get(grant_owner(grant), SERVICE_KEY)
        key = ServiceKey.of(text or "")
        wanted = scopes or tuple(organisation_scopes("google"))
        return google.delegated(key, address, wanted, self._place)

    def _users(self, mailbox: Mailbox, anew: bool) -> Access:
        owner = mailbox_owner(mailbox)
        text = self._safe.get(owner, GRANT)
        if text is None:
            raise NeedsReauth("no_grant")
        connection = _connection_of(mailbox)
        kept = KeptGrant.of(text)
        if kept.access.is_fresh and not anew:
            return kept.access
        try:
            fresh = self._renewed(kept, connection)
        except Refused:
            if self._safe.get(owner, GRANT) == text:
                raise
            return self._users(mailbox, anew=False)  # somebody else was first
        # Kept before it is used: Microsoft takes each refresh token once. What was dropped while
        # the provider answered does not come back by this, nor what a new consent gave go.
        if self._safe.replace(owner, GRANT, text, fresh.text):
            return fresh.access
        return self._users(mailbox, anew=False)

    def _renewed(self, kept: KeptGrant, connection: Connection) -> KeptGrant:
        if connection.provider == "microsoft":
            return microsoft.renew(self._clients.of(connection), kept)
        secret = self._clients.secret_of(connection)
        return google.renew(kept, connection.client_id, secret, self._place)

    def _organisations(self, mailbox: Mailbox, anew: bool, scopes: tuple[str, ...]) -> Access:
        grant = grant_of(mailbox.org_id, mailbox.provider)
        if grant is None:
            raise NeedsAdmin("no_grant")
        if grant.state != connections.State.READY:  # it may reach too far: nothing before a test
            raise NeedsAdmin(grant.reason or "not_tested")
        # One whose key or client was changed meanwhile is another grant.
        of_app = mailbox.provider == "microsoft"
        whose = ("", ()) if of_app else (mailbox.address, scopes)
        key = (f"{grant.id}|{grant.updated_at}", *whose)
        if anew or key not in self._made or not self._made[key].is_fresh:
            self._made[key] = self.try_one(grant, mailbox.address, scopes)
        return self._made[key]


def organisation_scopes(provider: str) -> dict[str, str]:
    """What an organisation's grant opens, with the reasons: mail and calendar, no profile."""
    wanted = {"mail", "calendar"}
    return {scope: reason for scope, reason in SCOPES[provider].items() if reason in wanted}


def mailbox_owner(mailbox: Mailbox) -> Owner:
    """Whose a mailbox's secrets are."""
    return Owner(mailbox.org_id, "mailbox", mailbox.id)


def grant_owner(grant: OrganisationGrant) -> Owner:
    """Whose an organisation's key is."""
    return Owner(grant.org_id, "organisation_grant", grant.id)


def notices_owner(notices: GmailNotices) -> Owner:
    """Whose the key is that pulls notices."""
    return Owner(notices.org_id, "gmail_notices", notices.id)


def _connection_of(mailbox: Mailbox) -> Connection:
    found = connections.find(mailbox.org_id, mailbox.provider)
    if found is None:
        raise NeedsAdmin("no_connection")
    return found


def _asked(ask: Callable[[], Access], *, is_hers: bool = False) -> Access:
    """What is asked for. Raises NeedsReauth, NeedsAdmin, TryLater."""
    try:
        return ask()
    except Away:
        raise TryLater("away") from None
    except Unopened:  # other mailboxes' secrets may open
        raise NeedsAdmin("secret_unopened") from None
    except Refused as error:
        raise _meaning(error, is_hers=is_hers) from None


def _meaning(error: Refused, *, is_hers: bool) -> ProviderError:
    code = error.code or error.key
    if error.key == "throttled":
        return TryLater(code)
    return NeedsReauth(code) if is_hers and error.key in _HERS else NeedsAdmin(code)
