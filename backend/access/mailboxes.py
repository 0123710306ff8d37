"""A rep's mailboxes: connected by her own consent, paused, and disconnected with its secrets."""

from datetime import timedelta
from typing import Any

from backend import clock, db
from backend.access import address_books, audit, connections, watches
from backend.access.connections import Clients
from backend.access.flows import Arrival
from backend.access.grants import GRANT, mailbox_owner
from backend.errors import Conflict, NotFound
from backend.mail.addresses import normalise
from backend.models.mailboxes import (
    ENDED,
    CaptureMode,
    Connection,
    GrantedBy,
    Mailbox,
    MailboxState,
    fence,
    fenced,
)
from backend.models.org import User
from backend.providers import openid, probe
from backend.providers.faults import Refused
from backend.providers.kept import KeptGrant
from backend.providers.mail import NeedsReauth
from backend.providers.vault import Unopened

DAYS_A_MONTH = 365.25 / 12
MOST_MONTHS = 600
_CONNECTED = Mailbox.state.not_in([*ENDED])


class BeingErased(Conflict):
    """What the mailbox brought in is not deleted to its end yet."""


class OtherAccount(Conflict):
    """Another account came back than the one that is to be connected; both are named."""

    slug = "other-account"

    def __init__(self, expected: str, found: str) -> None:
        super().__init__("problems.other_account")
        self.expected, self.found = expected, found


def all_of(user_id: str) -> list[Mailbox]:
    """A user's mailboxes, the disconnected ones too."""
    return list(Mailbox.select().where(Mailbox.user_id == user_id).order_by(Mailbox.address))


def one(user_id: str, mailbox_id: str) -> Mailbox:
    """That mailbox of the user. Raises NotFound."""
    found: Mailbox | None = Mailbox.get_or_none(
        Mailbox.id == mailbox_id, Mailbox.user_id == user_id
    )
    if found is None:
        raise NotFound("problems.no_mailbox")
    return found


def require_whole(arrival: Arrival) -> None:
    """Nothing, if the grant can be kept up and opens the mail. Raises Refused."""
    lacking = probe.missing(arrival.connection.provider, arrival.grant)
    if lacking:
        raise Refused("unticked", ", ".join(lacking))
    if not arrival.grant.refresh_token:
        raise Refused("no_refresh")


def connect(clients: Clients, arrival: Arrival, user: User, visibility: str) -> Mailbox:
    """The mailbox that the user has consented to. Raises Refused, Away, OtherAccount, Conflict.

    One real call is made first: nothing is kept of a grant that does not open the mailbox. One
    that is new here has that visibility.
    """
    require_whole(arrival)
    connection, token = arrival.connection, arrival.grant.access_token
    client, api = clients.of(connection), clients.api_of(connection.provider)
    address = normal(probe.address_of(client, api, token))
    if address != normal(user.email):
        raise OtherAccount(user.email, address)
    probe.read_one(client, api, token)
    with db.transaction():
        mailbox = _row(user, connection, address, arrival.account, visibility)
        grant = KeptGrant(arrival.grant.refresh_token, tuple(sorted(arrival.grant.scopes)))
        clients.safe.put(mailbox_owner(mailbox), GRANT, grant.text)
    _note(mailbox, user, "mailbox.connected")
    return mailbox


def pause(user: User, mailbox: Mailbox) -> None:
    """Stop syncing until it is resumed. Raises Conflict for one that is not connected."""
    _require_connected(mailbox)
    if not _move(mailbox, MailboxState.PAUSED, _CONNECTED):
        raise Conflict("connections.done_not_connected")
    _note(mailbox, user, "mailbox.paused")


def resume(user: User, mailbox: Mailbox) -> None:
    """Go on syncing. Raises Conflict for one that is not paused."""
    if not _move(mailbox, MailboxState.CONNECTING, Mailbox.state == MailboxState.PAUSED):
        raise Conflict("problems.not_paused")
    _note(mailbox, user, "mailbox.resumed")


def hasten(org_id: str, mailbox_id: str) -> None:
    """Let the next round come at once, for one that waits by itself. Raises NotFound."""
    waits = (MailboxState.DELAYED, MailboxState.ACTIVE, MailboxState.BACKFILLING)
    moved = (
        Mailbox.update(next_sync_at=clock.now())
        .where(
            Mailbox.id == mailbox_id,
            Mailbox.org_id == org_id,
            Mailbox.state.in_([*waits, MailboxState.CONNECTING]),
        )
        .execute()
    )
    if not moved:
        raise NotFound("problems.no_mailbox")


def set_capture(user: User, mailbox: Mailbox, mode: CaptureMode) -> None:
    """How much of each mail is kept from now on, also by a turn that is under way."""
    Mailbox.update({"capture_mode": mode, **fenced()}).where(Mailbox.id == mailbox.id).execute()
    _note(mailbox, user, "mailbox.capture", {"mode": mode})


def reach_back(user: User, mailbox: Mailbox, months: int) -> None:
    """Fetch mail from so many months back on; what is here already stays. Raises Conflict."""
    _require_connected(mailbox)
    days = round(months * DAYS_A_MONTH)
    with db.transaction():
        fence(mailbox.id)  # a turn that is under way would end the new listing with its own
        Mailbox.update(backfill_days=days, next_sync_at=clock.now()).where(
            Mailbox.id == mailbox.id
        ).execute()
        db.execute(
            "UPDATE sync_stream SET phase = 'listing', listing_page = '', listing_from = %s,"
            " listed = 0, expected = NULL"
            " WHERE mailbox_id = %s AND kind = 'mail' AND phase <> 'new'",
            [clock.now() - timedelta(days=days), mailbox.id],
        )
    _note(mailbox, user, "mailbox.reach", {"months": months})


def months_back(mailbox: Mailbox) -> int:
    """From how many months back on its mail is fetched."""
    return round(mailbox.backfill_days / DAYS_A_MONTH)


def disconnect(clients: Clients, user: User, mailbox: Mailbox, *, erase: bool) -> bool:
    """Revoke the grant and delete the secret; with `erase` the worker erases what was captured.

    False if the provider did not take the grant back (Microsoft has no call for that), or if the
    grant cannot be read any more. Raises Conflict for one that is not connected.
    """
    _require_connected(mailbox)
    watches.stop(clients, mailbox)
    is_revoked = _revoke(clients, mailbox)
    with db.transaction():
        address_books.forget(mailbox.id)  # which fences off whoever works on it
        # The provider took its time, and she may have pressed twice: what is being erased stays so.
        state = MailboxState.ERASING if erase else MailboxState.DISCONNECTED
        if not _move(mailbox, state, Mailbox.state != state if erase else _CONNECTED):
            raise Conflict("connections.done_not_connected")
        clients.safe.drop(mailbox_owner(mailbox))
    _note(mailbox, user, "mailbox.disconnected", {"erased": erase, "revoked": is_revoked})
    return is_revoked


def ask_erase(user: User, mailbox: Mailbox) -> None:
    """Have the worker erase what it brought in. Raises Conflict for one that is connected."""
    # Its reason stays: whether she switched it off herself is remembered by what is left.
    asked = Mailbox.update(state=MailboxState.ERASING, since=clock.now()).where(
        Mailbox.id == mailbox.id, Mailbox.state == MailboxState.DISCONNECTED
    )
    if not asked.execute():
        raise Conflict("problems.disconnect_first")
    _note(mailbox, user, "mailbox.erased")


def normal(address: str) -> str:
    """The address as it is kept; one that cannot be is shown as it came, shortened."""
    try:
        return normalise(address)
    except ValueError:
        return address[:320]


def _revoke(clients: Clients, mailbox: Mailbox) -> bool:
    """Whether the provider took the grant back; one that does not open is deleted unread."""
    connection = connections.find(mailbox.org_id, mailbox.provider)
    try:
        kept = clients.safe.get(mailbox_owner(mailbox), GRANT)
        if kept is None or connection is None:
            return False
        return openid.revoke(clients.of(connection), KeptGrant.of(kept).refresh_token)
    except (Unopened, NeedsReauth):
        return False


def _require_connected(mailbox: Mailbox) -> None:
    if mailbox.state in ENDED:
        raise Conflict("connections.done_not_connected")


def _row(
    user: User, connection: Connection, address: str, account: openid.Account, visibility: str
) -> Mailbox:
    found: Mailbox | None = Mailbox.get_or_none(
        Mailbox.org_id == user.org_id,
        Mailbox.provider == connection.provider,
        Mailbox.address == address,
    )
    if found and found.state == MailboxState.ERASING:
        raise BeingErased("problems.mailbox_erasing")
    if found and found.user_id != user.id and found.state != MailboxState.DISCONNECTED:
        raise Conflict("problems.mailbox_taken")
    is_new = found is None
    mailbox = found or Mailbox(
        org_id=user.org_id,
        provider=connection.provider,
        address=address,
        visibility=visibility,
    )
    # Another user's choice about her address book is not this one's.
    mailbox.brings_contacts = mailbox.brings_contacts and mailbox.user_id == user.id
    mailbox.user_id, mailbox.granted_by = user.id, GrantedBy.USER
    mailbox.provider_uid = f"{account.issuer}|{account.subject}"
    mailbox.state, mailbox.reason = MailboxState.CONNECTING, ""
    mailbox.since = mailbox.next_sync_at = clock.now()
    mailbox.save(force_insert=is_new)
    return mailbox


def _move(mailbox: Mailbox, state: MailboxState, from_state: Any) -> bool:
    """Whether it was in such a state still, and is in this one now; a turn under way ends."""
    now = clock.now()
    changes = {"state": state, "reason": "", "since": now, "next_sync_at": now} | fenced()
    return bool(Mailbox.update(changes).where(Mailbox.id == mailbox.id, from_state).execute())


def _note(
    mailbox: Mailbox, user: User, action: str, detail: dict[str, object] | None = None
) -> None:
    act = audit.Act(action, "mailbox", mailbox.id)
    audit.note(mailbox.org_id, user.email, act, {"provider": mailbox.provider, **(detail or {})})
