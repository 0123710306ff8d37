"""Pairing a panel with a user: the rows of RFC 8628's device flow.

    started -> approved -> collected        the panel gets its two tokens once
            -> denied
            -> expired                      ten minutes after it was started

Only hashes of the two codes are kept. An approved row stays: it says which mailboxes a user has
connected, and so in whose name she may send (`addresses_of`).
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from peewee import IntegerField, TextField

from backend import clock, db
from backend.models.access import Scope, hash_of, issue_token
from backend.models.fields import MaybeIdField, MaybeTimeField, Model, TimeField
from backend.models.org import ApiToken, User

LIFE = timedelta(minutes=10)
INTERVAL_S = 5  # source: RFC 8628 section 3.5 (August 2019), the default and what slow_down adds
CODE_LENGTH = 8
# Source: RFC 8628 section 6.1: letters that are not mistaken for others and form no words.
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
READ_IDLE_DAYS = 30


class OutlookClient(StrEnum):
    """Which Outlook a panel or handler runs in, as far as it can tell."""

    WEB = "web"
    NEW_WINDOWS = "new_windows"
    CLASSIC_WINDOWS = "classic_windows"
    MAC = "mac"
    IOS = "ios"
    ANDROID = "android"
    OTHER = "other"


class Standing(StrEnum):
    """What a panel that asks is told; the words are those of RFC 8628 section 3.5."""

    APPROVED = "approved"
    PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    DENIED = "access_denied"
    EXPIRED = "expired_token"


class Pairing(Model):
    """A panel that wants to be connected; `user_id` is set by whoever approves or denies it.

    `issuer`, `subject` and `account_address` name the account at a provider that it has brought.
    """

    org_id = MaybeIdField()
    user_id = MaybeIdField()
    device_hash = TextField()
    user_code_hash = TextField()
    mailbox = TextField()
    client = TextField()
    issuer = TextField(null=True)
    subject = TextField(null=True)
    account_address = TextField(null=True)
    interval_s = IntegerField(default=INTERVAL_S)
    created_at = TimeField(default=clock.now)
    expires_at = TimeField()
    polled_at = MaybeTimeField()
    approved_at = MaybeTimeField()
    denied_at = MaybeTimeField()
    used_at = MaybeTimeField()


@dataclass(frozen=True, slots=True)
class Offered:
    """The account at a provider that a panel has shown to hold; the address is only shown."""

    issuer: str
    subject: str
    address: str


@dataclass(frozen=True, slots=True)
class Started:
    """What the panel is given: the secret it asks with, and the code its user types."""

    device_code: str
    user_code: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """The panel's token to read, and the send handler's to stamp."""

    read: str
    stamp: str


def start(mailbox: str, client: OutlookClient, offered: Offered | None = None) -> Started:
    """Begin a pairing; this is the only time its two codes are seen."""
    now = clock.now()
    device_code = secrets.token_urlsafe(32)
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    Pairing.delete().where(Pairing.expires_at < now, Pairing.approved_at.is_null()).execute()
    Pairing.create(
        device_hash=hash_of(device_code),
        user_code_hash=hash_of(letters),
        mailbox=mailbox,
        client=client,
        issuer=offered.issuer if offered else None,
        subject=offered.subject if offered else None,
        account_address=offered.address if offered else None,
        expires_at=now + LIFE,
    )
    return Started(device_code, f"{letters[:4]}-{letters[4:]}")


def waiting(user_code: str) -> Pairing | None:
    """The pairing with that code that nobody has answered yet; None if it is over or unknown."""
    found: Pairing | None = Pairing.get_or_none(
        Pairing.user_code_hash == hash_of(_letters(user_code)),
        Pairing.expires_at > clock.now(),
        Pairing.approved_at.is_null(),
        Pairing.denied_at.is_null(),
    )
    return found


def answer(pairing: Pairing, user: User, *, is_approved: bool) -> bool:
    """Let the user approve or deny it; False if somebody has answered in the meantime."""
    now = clock.now()
    field = "approved_at" if is_approved else "denied_at"
    changed = db.execute(
        f"UPDATE pairing SET {field} = %s, user_id = %s, org_id = %s WHERE id = %s"
        " AND approved_at IS NULL AND denied_at IS NULL AND expires_at > %s",
        [now, user.id, user.org_id, pairing.id, now],
    )
    return bool(changed)


def collect(device_code: str) -> tuple[Standing, Tokens | None]:
    """Where the pairing of that secret stands, with the tokens the one time that it is approved."""
    now = clock.now()
    with db.transaction():
        query = Pairing.select().where(Pairing.device_hash == hash_of(device_code))
        row: Pairing | None = (query.for_update() if db.is_postgres() else query).first()
        standing = _standing(row, now)
        if row is None:
            return standing, None
        row.polled_at = now
        if standing is Standing.SLOW_DOWN:
            row.interval_s += INTERVAL_S
        if standing is Standing.APPROVED:
            row.used_at = now
        row.save()
        return standing, _issue(row) if standing is Standing.APPROVED else None


def end_of(user_id: str) -> None:
    """Let no panel collect tokens any more that the user has approved; her mailboxes stay known."""
    Pairing.update(used_at=clock.now()).where(
        Pairing.user_id == user_id, Pairing.approved_at.is_null(False), Pairing.used_at.is_null()
    ).execute()


def addresses_of(user: User) -> frozenset[str]:
    """The addresses a user may send from: her own, and every mailbox she has connected."""
    rows = Pairing.select(Pairing.mailbox).where(
        Pairing.user_id == user.id, Pairing.approved_at.is_null(False)
    )
    return frozenset({user.email.lower(), *(row.mailbox.lower() for row in rows)} - {""})


def _standing(row: Pairing | None, now: datetime) -> Standing:
    if row is None or row.used_at is not None or row.expires_at <= now:
        return Standing.EXPIRED
    if row.denied_at is not None:
        return Standing.DENIED
    if row.approved_at is not None:
        return Standing.APPROVED
    pause = timedelta(seconds=row.interval_s)
    is_hasty = row.polled_at is not None and now - row.polled_at < pause
    return Standing.SLOW_DOWN if is_hasty else Standing.PENDING


def _issue(row: Pairing) -> Tokens:
    user = User.get_by_id(row.user_id)
    return tokens_of(user, OutlookClient(row.client))


def tokens_of(user: User, client: OutlookClient) -> Tokens:
    """New tokens for a panel: one to read that ends when it lies unused, one only to stamp."""
    label = f"Outlook, {client.replace('_', ' ')}"
    return Tokens(
        issue_token(user, Scope.READ, label, idle_days=READ_IDLE_DAYS),
        issue_token(user, Scope.STAMP, label),
    )


def end_token(text: str) -> None:
    """Take that token back, for good; nothing if it is not one of ours."""
    ApiToken.update(revoked_at=clock.now()).where(
        ApiToken.hash == hash_of(text), ApiToken.revoked_at.is_null()
    ).execute()


def _letters(user_code: str) -> str:
    """The code as it was made, however it was typed."""
    return "".join(letter for letter in user_code.upper() if letter in CODE_LETTERS)
