"""What the playground's panels show: the clock, the mailboxes, the readers, as plain values."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from backend import clock, db, dial
from backend.models.mailboxes import is_synced
from backend.models.org import User
from backend.settings import Settings
from playground import google, google_trouble, letters
from playground.inboxes import Inboxes, received_at
from playground.readers import Reader, all_readers

MAX_MAILBOXES = 50
MAX_MAILS = 20  # of one mailbox


def state(settings: Settings, user: User) -> dict[str, Any]:
    """Everything that the panels show, the Feed apart."""
    inboxes = Inboxes.of(settings)
    found = inboxes.all()[:MAX_MAILBOXES]
    names = names_of(user.org_id, [inbox.address for inbox in found]) | {user.email: user.name}
    return {
        "clock": clock_of(settings),
        "mailboxes": [
            {
                "address": inbox.address,
                "name": names.get(inbox.address, ""),
                "is_yours": inbox.address == user.email,
                "count": inbox.count,
                "mails": list(_mails(inboxes, inbox.address, user.email)),
            }
            for inbox in found
        ],
        "readers": [_shown(reader, settings) for reader in all_readers()],
        "is_believed": settings.trusted_hops > 0,
        "is_captured": is_synced(user.id, "google"),
        "google": google_of(settings),
    }


def google_of(settings: Settings) -> dict[str, bool]:
    """Whether mailboxes are at the playground's Google, and whether that has a bad day."""
    return {
        "is_here": google.is_here(settings),
        "is_in_trouble": google_trouble.is_on(settings),
    }


def clock_of(settings: Settings) -> dict[str, Any]:
    """The installation's time, and whether and how far it was moved."""
    return {
        "now": clock.now().isoformat(),
        "ahead_s": int(clock.ahead().total_seconds()),
        "is_movable": dial.may_turn(settings),
    }


def names_of(org_id: str, addresses: Sequence[str]) -> dict[str, str]:
    """The name of each person of the organisation by address; of several the first added."""
    return dict(
        db.rows(
            "SELECT a.address, p.name FROM person_address a JOIN person p ON p.id = a.person_id"
            f" WHERE a.org_id = %s AND a.address {db.among('text')} ORDER BY p.id DESC",
            [org_id, db.many(set(addresses))],
        )
    )


def _mails(inboxes: Inboxes, address: str, own: str) -> Iterator[dict[str, Any]]:
    for mail_id in inboxes.mails(address)[:MAX_MAILS]:
        head = _head(inboxes, mail_id)
        sender = head.get("From", "")
        yield {
            "id": mail_id,
            "subject": head.get("Subject", ""),
            "from": sender,
            "at": received_at(mail_id).isoformat(),
            # What one sent oneself lies in one's own Sent folder.
            "is_sent": address in sender.lower(),
            "is_from_you": own.lower() in sender.lower(),
        }


@lru_cache(maxsize=2_000)
def _head(inboxes: Inboxes, mail_id: str) -> dict[str, str]:
    """A stored mail never changes, and the panels ask for its head every second."""
    return letters.head(inboxes.open(mail_id))


def _shown(reader: Reader, settings: Settings) -> dict[str, Any]:
    return {
        "id": reader.id,
        "icon": reader.icon,
        "look": reader.look,
        "deeds": reader.deeds,
        "is_more": reader.is_more,
        "needs": reader.needs if _is_missing(reader.needs, settings) else "",
    }


def _is_missing(needed: str, settings: Settings) -> bool:
    """Whether this installation lacks what recognises a reader for certain."""
    return {
        "apple_relay": not (settings.networks_dir / "apple-relay.txt").exists(),
        "asn_db": settings.asn_db is None,
    }.get(needed, False)
