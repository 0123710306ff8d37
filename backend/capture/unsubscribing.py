"""Subscriptions to notices that nobody wants any more: ended at the provider, then forgotten.

Those of a mailbox that rests by somebody's wish, and Gmail's where its organisation is no longer
told. One that cannot be ended any more runs out by itself; what it tells meanwhile does nothing.
"""

import logging

from backend import clock, db
from backend.capture.pushes import RETRY
from backend.models.mailboxes import STOPPED, CaptureMode, Mailbox
from backend.providers.mail import ProviderError, TryLater
from backend.providers.push import PushProvider

ENDING = "ending"  # the reason of one that the provider could not be asked to end

log = logging.getLogger(__name__)


def due(limit: int) -> list[str]:
    """Ids of mailboxes whose subscriptions are to be ended now."""
    found = db.rows(
        "SELECT DISTINCT p.mailbox_id FROM push_subscription p"
        " JOIN mailbox m ON m.id = p.mailbox_id"
        " LEFT JOIN gmail_notices g ON g.org_id = m.org_id"
        " WHERE (p.reason <> %s OR p.next_at IS NULL OR p.next_at <= %s)"
        f" AND (m.state {db.among('text')} OR m.capture_mode = %s"
        " OR (m.provider = 'google' AND g.id IS NULL)) LIMIT %s",
        [ENDING, clock.now(), db.many(STOPPED), CaptureMode.OFF.value, limit],
    )
    return [mailbox_id for (mailbox_id,) in found]


def end(mailbox: Mailbox, provider: PushProvider) -> None:
    """End them all. Where the provider is away it is asked again in an hour, while they last."""
    for kind, provider_id in db.rows(
        "SELECT kind, provider_id FROM push_subscription WHERE mailbox_id = %s", [mailbox.id]
    ):
        try:
            if provider_id:
                provider.end(provider_id)
        except TryLater:
            _put_off(mailbox.id, kind)
            continue
        except ProviderError as error:
            log.info("not ended", extra={"mailbox": mailbox.id, "kind": kind, "code": error.code})
        _forget(mailbox.id, kind)


def give_up(mailbox_id: str) -> None:
    """Forget those of a mailbox that cannot be opened any more."""
    db.execute("DELETE FROM push_subscription WHERE mailbox_id = %s", [mailbox_id])


def _put_off(mailbox_id: str, kind: str) -> None:
    now = clock.now()
    db.execute(
        "DELETE FROM push_subscription WHERE mailbox_id = %s AND kind = %s AND ends_at < %s",
        [mailbox_id, kind, now],
    )
    db.execute(
        "UPDATE push_subscription SET reason = %s, next_at = %s"
        " WHERE mailbox_id = %s AND kind = %s",
        [ENDING, now + RETRY, mailbox_id, kind],
    )


def _forget(mailbox_id: str, kind: str) -> None:
    db.execute(
        "DELETE FROM push_subscription WHERE mailbox_id = %s AND kind = %s", [mailbox_id, kind]
    )
