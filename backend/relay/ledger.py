"""Who has accepted which mail: written before the peer is answered, so that a retry skips them.

A mail is known by its sender, its Message-ID and a digest of what no host on its way changes; only
an HMAC of that and the recipient is kept. Where the database is away, what it should have been told
is remembered by this process.
"""

import hashlib
import hmac
import logging
from collections import OrderedDict
from collections.abc import Collection, Sequence
from datetime import timedelta

from backend import clock, db
from backend.mail.mime_headers import Headers

# A peer gives up after four to five days (RFC 5321 section 4.5.4.1).
LIFE = timedelta(days=7)
MAX_REMEMBERED = 10_000

# What tells a mail from the next with the same words.
_NAMING = ("message-id", "date")
# What a mail's author wrote; hosts add their own traces and signatures on every attempt.
_STEADY = ("from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references")

log = logging.getLogger(__name__)


def is_named(headers: Headers | None) -> bool:
    """Whether a mail says which it is, so that one with the same words is the same one again."""
    return headers is not None and any(headers.all(name) for name in _NAMING)


class Ledger:
    """The acceptances; `secret` keys the HMAC."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"telltale relay ledger", "sha256")
        self._remembered: OrderedDict[str, None] = OrderedDict()

    def mail_key(self, mail_from: str, headers: Headers | None, content: bytes) -> str:
        """What this mail is known by, the same for every attempt to send it."""
        digest = hmac.new(self._key, mail_from.encode("utf-8", "replace"), hashlib.sha256)
        if headers is not None:
            for name in _STEADY:
                for value in headers.all(name):
                    digest.update(b"\0" + name.encode() + b":" + value)
        digest.update(b"\0\0")
        digest.update(memoryview(content)[headers.body_start if headers is not None else 0 :])
        return digest.hexdigest()

    def accepted(self, mail_key: str, recipients: Collection[str]) -> set[str]:
        """Those of the recipients who have this mail already, as it is written."""
        keys = {self._acceptance(mail_key, each): each for each in recipients}
        rows = db.rows(
            f"SELECT key FROM relay_acceptance WHERE key {db.among('text')} AND accepted_at > %s",
            [db.many(keys), clock.now() - LIFE],
        )
        return {keys[key] for (key,) in rows}

    def remembered(self, mail_key: str, recipients: Collection[str]) -> set[str]:
        """Those of them who are known to have it although that could not be written."""
        return {each for each in recipients if self._acceptance(mail_key, each) in self._remembered}

    def write(self, mail_key: str, recipients: Sequence[str], org_id: str | None) -> None:
        """Note that these recipients have the mail; safe to say twice."""
        now = clock.now()
        db.execute_many(
            "INSERT INTO relay_acceptance (key, org_id, accepted_at) VALUES (%s, %s, %s)"
            " ON CONFLICT (key) DO UPDATE SET accepted_at = excluded.accepted_at",
            [(self._acceptance(mail_key, each), org_id, now) for each in recipients],
        )

    def remember(self, mail_key: str, recipients: Sequence[str]) -> None:
        """Keep in memory what could not be written."""
        for each in recipients:
            self._remembered[self._acceptance(mail_key, each)] = None
        while len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)

    def _acceptance(self, mail_key: str, recipient: str) -> str:
        text = f"{mail_key} {recipient.strip().lower()}"
        return hmac.new(self._key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def forget_old() -> int:
    """Delete acceptances that no peer can ask about any more; how many."""
    return db.execute("DELETE FROM relay_acceptance WHERE accepted_at < %s", [clock.now() - LIFE])
