"""A mailbox of the playground as Gmail's API tells it to sync: listings, history, whole mails.

A mail's place in the history is written in its id, which begins with the time it came, so that
nothing is kept beside the mails. They are never altered, and only a full mailbox loses its oldest.
Source: discovery document gmail.v1 (rev 20261005) inside google-api-python-client 2.202.0.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from email.utils import getaddresses
from functools import lru_cache
from hashlib import sha256
from typing import Any

from backend import clock
from backend.errors import NotFound
from backend.settings import Settings
from playground import gmail_mail, letters
from playground.inboxes import MAX_MAILS, Inboxes, canonical, received_at

READONLY = "https://www.googleapis.com/auth/gmail.readonly"
SENT, INBOX = "SENT", "INBOX"
_AFTER = re.compile(r"\bafter:(\d{1,12})\b")
_MESSAGE_ID = re.compile(r"\brfc822msgid:(\S+)")
_DIGITS = re.compile(r"\d{1,20}")
_A_REFERENCE = re.compile(r"<[^<>\s]{1,500}>")
_BEFORE_ALL = "1"
LATEST = 5  # among these is the copy of what was sent just now


def profile(inboxes: Inboxes, email: str) -> dict[str, Any]:
    """Whose it is, and where its history stands."""
    mails = inboxes.mails(email)
    history = str(place_of(mails[0])) if mails else _BEFORE_ALL
    return {"emailAddress": email, "messagesTotal": len(mails), "historyId": history}


def listing(inboxes: Inboxes, email: str, query: str, page: int, most: int) -> dict[str, Any]:
    """The ids of mails, newest first; of Gmail's searches those that the product makes."""
    after, wanted = _AFTER.search(query), _MESSAGE_ID.search(query)
    since = int(after[1]) if after else 0
    found = [
        _named(inboxes, mail_id)
        for mail_id in inboxes.mails(email)
        if received_at(mail_id).timestamp() >= since
        and (not page or place_of(mail_id) < page)
        and (not wanted or _has_id(inboxes, email, mail_id, wanted[1]))
    ]
    more = {"nextPageToken": str(place_of(found[most - 1]["id"]))} if len(found) > most else {}
    return {"messages": found[:most], "resultSizeEstimate": len(found), **more}


def history(inboxes: Inboxes, email: str, start: str) -> dict[str, Any]:
    """What came since a place. Raises NotFound for one that is forgotten, or never was."""
    mails = inboxes.mails(email)
    since = int(start) if _DIGITS.fullmatch(start) else 0
    is_forgotten = len(mails) >= MAX_MAILS and since < place_of(mails[-1])
    if not since or is_forgotten:
        raise NotFound("Requested entity was not found.")
    came = [mail_id for mail_id in mails if place_of(mail_id) > since]
    records = [
        {"id": str(place_of(each)), "messagesAdded": [{"message": _added(inboxes, email, each)}]}
        for each in reversed(came)
    ]
    return {"history": records, "historyId": str(place_of(came[0])) if came else start}


def whole(inboxes: Inboxes, email: str, mail_id: str) -> dict[str, Any]:
    """A mail with its bytes. Raises NotFound for one that is not in this mailbox."""
    if canonical(inboxes.address_of(mail_id)) != canonical(email):
        raise NotFound("Requested entity was not found.")
    raw = inboxes.open(mail_id)
    return {
        **_added(inboxes, email, mail_id),
        "internalDate": str(clock.micros(received_at(mail_id)) // 1000),
        "sizeEstimate": len(raw),
        "raw": urlsafe_b64encode(raw).decode(),
    }


def send(raw: bytes, email: str, settings: Settings) -> dict[str, Any]:
    """Send a mail; its copy in Sent. Raises Invalid, NotFound, Unavailable."""
    message_id = gmail_mail.send_raw(raw, email, settings)
    inboxes = Inboxes.of(settings)
    for mail_id in inboxes.mails(email)[:LATEST]:
        if _heads(inboxes, mail_id).get("Message-ID") == message_id:
            return _added(inboxes, email, mail_id)
    raise NotFound("The sent mail is no longer there.")


def place_of(mail_id: str) -> int:
    """Where in its mailbox's history a mail came: the first 64 bits of its UUIDv7."""
    return int(mail_id.partition("-")[2].replace("-", "")[:16], 16)


def _added(inboxes: Inboxes, email: str, mail_id: str) -> dict[str, Any]:
    heads = _heads(inboxes, mail_id)
    is_own = _names(email, heads["From"])
    is_to_oneself = is_own and _names(email, heads["To"], heads["Cc"])
    labels = [SENT] * is_own + [INBOX] * (is_to_oneself or not is_own)
    return {**_named(inboxes, mail_id), "labelIds": labels}


def _names(email: str, *lines: str) -> bool:
    return any(canonical(address) == canonical(email) for _, address in getaddresses(lines))


def _named(inboxes: Inboxes, mail_id: str) -> dict[str, str]:
    """Id and thread: of a mail that answers, the thread of the first one it refers to."""
    heads = _heads(inboxes, mail_id)
    known = " ".join(heads.get(name, "") for name in ("References", "In-Reply-To", "Message-ID"))
    first = _A_REFERENCE.search(known)
    thread = sha256(first[0].encode()).hexdigest()[:16] if first else mail_id
    return {"id": mail_id, "threadId": thread}


def _has_id(inboxes: Inboxes, email: str, mail_id: str, wanted: str) -> bool:
    is_here = INBOX in _added(inboxes, email, mail_id)["labelIds"]
    return is_here and _heads(inboxes, mail_id).get("Message-ID", "").strip("<>") == wanted


@lru_cache(maxsize=2_000)
def _heads(inboxes: Inboxes, mail_id: str) -> Mapping[str, str]:
    """A stored mail never changes."""
    letter = letters.parse(inboxes.open(mail_id))
    names = ("From", "To", "Cc", "Message-ID", "In-Reply-To", "References")
    return {name: letter.header(name) for name in names}
