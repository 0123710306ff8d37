"""Notices of a provider: they bring a mailbox's next look forward, and nothing else.

Truth is the poll. While notices come it is made every ten minutes; mailboxes in which mail was
found that nobody told of go back to every minute, until something is told again. A notice counts
if its secret is the one that we gave; what was told before counts once, however often it comes.
"""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from backend import clock, db
from backend.capture import states
from backend.models.mailboxes import AWAKE, Mailbox
from backend.providers.mail import PlaceLost, ProviderError
from backend.providers.push import Channel, Notice, PushProvider, Subscribed

PLACE = "/webhooks/graph"  # where Microsoft tells, below PUBLIC_URL
# Sources disagree on the most (4,230 or 10,080 minutes): right in both worlds, renewed at half.
LIFE = timedelta(minutes=4_200)
POLL_TOLD = timedelta(minutes=10)
RETRY = timedelta(hours=1)
FORGET = timedelta(days=1)
MISSED = 3  # looks that found mail of which nobody had told
JUST_NOW = timedelta(minutes=15)
MAX_AT_ONCE = 2_000  # subscriptions named by one delivery

log = logging.getLogger(__name__)


def take(notices: Sequence[Notice]) -> int:
    """Bring forward what these notices are about; how many subscriptions they were for."""
    by_id: dict[str, list[Notice]] = {}
    for each in notices:
        if each.provider_id in by_id or len(by_id) < MAX_AT_ONCE:
            by_id.setdefault(each.provider_id, []).append(each)
    rows = db.rows(
        "SELECT provider_id, secret_hash, org_id, mailbox_id, kind FROM push_subscription"
        f" WHERE provider_id {db.among('text')} AND provider_id <> ''",
        [db.many(by_id)],
    )
    taken = 0
    for provider_id, secret_hash, org_id, mailbox_id, kind in rows:
        true = [each for each in by_id[provider_id] if _fits(each.secret, secret_hash)]
        if true and is_new(org_id, _facts(provider_id, true)):
            bring_forward(mailbox_id, kind, is_ending=any(each.is_ending for each in true))
            taken += 1
    return taken


def keep(mailbox: Mailbox, provider: PushProvider) -> None:
    """Subscribe, or renew in time. A refusal is told by its row; the mailbox goes on."""
    for kind in provider.kinds:
        row = db.one(
            "SELECT provider_id, next_at FROM push_subscription"
            " WHERE mailbox_id = %s AND kind = %s",
            [mailbox.id, kind],
        )
        if row is not None and row[1] is not None and row[1] > clock.now():
            continue
        try:
            _keep_one(mailbox, provider, Channel(kind, "", clock.now() + LIFE), row)
        except ProviderError as error:
            again = clock.now() + states.pause_after(error, RETRY, RETRY)
            _note(mailbox, kind, next_at=again, reason=error.code or "refused")
            log.info("no notices", extra={"mailbox": mailbox.id, "kind": kind, "code": error.code})


def looked(mailbox: Mailbox, found: int) -> None:
    """A look found so many new mails: where notices should have told of them, note if they did."""
    if found:
        db.execute(
            "UPDATE push_subscription SET missed = missed + 1 WHERE mailbox_id = %s"
            " AND kind = 'mail' AND (last_event_at IS NULL OR last_event_at < %s)",
            [mailbox.id, clock.now() - JUST_NOW],
        )


def poll_after(mailbox_id: str, usual: timedelta, began: datetime) -> timedelta:
    """When to look at a mailbox again if nothing is told; at once if something was meanwhile.

    `began` is when this look did: what was told since then may not be in it.
    """
    row = db.one(
        "SELECT 1 FROM push_subscription WHERE mailbox_id = %s AND kind = 'mail'"
        " AND ends_at > %s AND missed < %s",
        [mailbox_id, clock.now(), MISSED],
    )
    if row is None:
        return usual
    return timedelta() if told_since(mailbox_id, "mail", began) else POLL_TOLD


def is_new(org_id: str, facts: str) -> bool:
    """Whether this was not told before, within a day."""
    return bool(
        db.execute(
            "INSERT INTO push_event (digest, org_id, told_at) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [_hash(facts), org_id, clock.now()],
        )
    )


def bring_forward(mailbox_id: str, kind: str, *, is_ending: bool = False) -> None:
    """Due now, unless the provider asked us to wait or a person has to act first."""
    now = clock.now()
    if is_ending:
        db.execute(
            "UPDATE push_subscription SET next_at = NULL WHERE mailbox_id = %s AND kind = %s",
            [mailbox_id, kind],
        )
    db.execute(
        "UPDATE push_subscription SET last_event_at = %s, missed = 0"
        " WHERE mailbox_id = %s AND kind = %s",
        [now, mailbox_id, kind],
    )
    if kind == "calendar":
        db.execute(
            "UPDATE sync_stream SET next_at = NULL WHERE mailbox_id = %s AND kind = 'calendar'"
            " AND reason = ''",
            [mailbox_id],
        )
    db.execute(
        f"UPDATE mailbox SET next_sync_at = %s WHERE id = %s AND state {db.among('text')}"
        " AND next_sync_at > %s",
        [now, mailbox_id, db.many(AWAKE), now],
    )


def told_since(mailbox_id: str, kind: str, began: datetime) -> bool:
    """Whether a notice has come since then."""
    row = db.one(
        "SELECT 1 FROM push_subscription WHERE mailbox_id = %s AND kind = %s"
        " AND last_event_at >= %s",
        [mailbox_id, kind, began],
    )
    return row is not None


def forget_old() -> int:
    """Drop what was told more than a day ago; how many there were."""
    return db.execute("DELETE FROM push_event WHERE told_at < %s", [clock.now() - FORGET])


def _keep_one(
    mailbox: Mailbox, provider: PushProvider, channel: Channel, row: tuple[str, datetime] | None
) -> None:
    if row is not None and row[0]:
        try:
            kept = provider.renew(row[0], channel.until)
            _note(mailbox, channel.kind, ends_at=kept.ends_at, next_at=_renewal(kept))
            return
        except PlaceLost:
            log.info("subscription given up", extra={"mailbox": mailbox.id, "kind": channel.kind})
    secret = secrets.token_urlsafe(32)
    made = provider.subscribe(Channel(channel.kind, secret, channel.until))
    _note(
        mailbox,
        channel.kind,
        provider_id=made.provider_id,
        secret_hash=_hash(secret),
        ends_at=made.ends_at,
        next_at=_renewal(made),
        missed=0,
    )


def _renewal(made: Subscribed) -> datetime:
    now = clock.now()
    half = (made.ends_at - now) / 2
    return now + min(half, made.renew_after or half)


def _note(mailbox: Mailbox, kind: str, **values: object) -> None:
    values = {"reason": ""} | values
    db.execute(
        "INSERT INTO push_subscription (mailbox_id, kind, org_id) VALUES (%s, %s, %s)"
        " ON CONFLICT (mailbox_id, kind) DO NOTHING",
        [mailbox.id, kind, mailbox.org_id],
    )
    changes = ", ".join(f"{name} = %s" for name in values)
    db.execute(
        f"UPDATE push_subscription SET {changes} WHERE mailbox_id = %s AND kind = %s",
        [*values.values(), mailbox.id, kind],
    )


def _fits(secret: str, secret_hash: str) -> bool:
    return bool(secret_hash) and hmac.compare_digest(_hash(secret), secret_hash)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _facts(provider_id: str, told: Sequence[Notice]) -> str:
    """What tells this from what was told before; lifecycle events look alike within a minute."""
    facts = {each.facts for each in told if not each.event}
    minute = f"{clock.now():%Y-%m-%dT%H:%M}"
    facts |= {f"{each.event}|{minute}" for each in told if each.event}
    return "\n".join((provider_id, *sorted(facts)))
