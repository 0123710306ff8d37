"""What one does on the stage: foresee, send, play a reader, move the clock on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from backend import clock, db, dial
from backend.access import mailboxes
from backend.errors import NotFound
from backend.mail.addresses import normalise
from backend.models.access import Scope, issue_token
from backend.models.org import ApiToken, User
from backend.models.schema import add_partitions
from backend.settings import Settings
from backend.tracking.drafts import Channel, Draft, Host
from backend.tracking.drafts import Recipient as DraftRecipient
from backend.tracking.policy import judge, policy_of
from backend.tracking.stamping import Job
from playground import bodies, google_trouble, letters, outgoing, playing, stage
from playground.client import StampApi
from playground.hastening import hasten
from playground.inboxes import Inboxes, received_at
from playground.outgoing import Composed
from playground.readers import Deed, Reader

LONGEST_REAL_WAIT_S = 4.0  # where the clock cannot be moved, nobody waits longer for a reader


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, on which installation."""

    user: User
    settings: Settings

    @property
    def inboxes(self) -> Inboxes:
        """The installation's mailboxes."""
        return Inboxes.of(self.settings)


def foresee(actor: Actor, composed: Composed, host: Host) -> dict[str, Any]:
    """What would be measured of whom if it were sent now, by the product's own rules.

    Nothing is stored. Raises Invalid for addresses that cannot be written to.
    """
    wanted = composed.recipients()
    org_id = actor.user.org_id
    policy = policy_of(org_id)
    judgements = judge(org_id, policy, (normalise(each.address) for each in wanted))
    draft = Draft(
        channel=Channel.API,
        sender=actor.user.email,
        subject=composed.subject,
        recipients=tuple(DraftRecipient(each.role, normalise(each.address)) for each in wanted),
        opens=composed.opens,
        links=composed.links,
        per_recipient=composed.per_recipient,
    )
    untouchable = "" if composed.is_html else "text_only"
    job = Job(draft, host, policy, judgements, None, None, untouchable)
    names = stage.names_of(org_id, list(judgements))
    return {
        "reason": job.refusal,
        "recipients": [
            {
                "address": each.address,
                "name": names.get(each.address, ""),
                "decision": each.decision,
                "reason": each.reason,
            }
            for each in judgements.values()
        ],
    }


def send(actor: Actor, composed: Composed) -> dict[str, Any]:
    """Stamp, send and confirm a mail; its id, state and reason, and the mail to look at first."""
    with _api(actor, Scope.STAMP) as api:
        stamped = outgoing.send(composed, actor.user, api, actor.settings.smtp_port)
    with db.connection():
        hasten(actor.user, "mail")
    first = composed.recipients()[0].address
    return {
        "id": stamped["id"],
        "reason": stamped["reason"],
        "mail": next(iter(actor.inboxes.mails(first)), None),
    }


def play(actor: Actor, mail_id: str, reader: Reader, deed: Deed) -> dict[str, Any]:
    """Let a reader come to a mail; what was fetched, and from when on to look for it.

    Raises NotFound for an unknown mail, Unavailable when the tracking host is away.
    """
    letter = letters.parse(actor.inboxes.open(mail_id))
    own_hosts = Host.of(actor.settings).under(policy_of(actor.user.org_id)).own_hosts
    began_at = clock.now()
    with _api(actor, Scope.READ) as api:
        scene = playing.Scene(
            tracking_url=actor.settings.tracking_url,  # an organisation's own name leads there, too
            body=bodies.read(letter.html or "", own_hosts),
            age=began_at - received_at(mail_id),
            wait=partial(_wait, actor.settings),
            show=partial(_show, actor, api, letter.header("Message-ID")),
        )
        fetched = playing.play(reader, deed, scene)
    return {
        "began_at": began_at.isoformat(),
        "waited_s": int((clock.now() - began_at).total_seconds()),
        "fetched": [{"what": one.what, "text": one.text, "method": one.method} for one in fetched],
        "is_bare": not (scene.body.pictures or scene.body.links),
        "clock": stage.clock_of(actor.settings),
    }


def move_clock(actor: Actor, by: timedelta) -> dict[str, Any]:
    """Move the installation's clock on; its new state. Raises Conflict, Invalid."""
    add_partitions(clock.now() + by)
    dial.turn(actor.settings, by)
    return stage.clock_of(actor.settings)


def trouble_google(actor: Actor, *, on: bool) -> None:
    """Let the playground's Google have a bad day, or let it be over: then nobody waits longer."""
    google_trouble.turn(actor.settings, on=on)
    for mailbox in () if on else mailboxes.all_of(actor.user.id):
        with suppress(NotFound):  # one that is paused, or waits for somebody
            mailboxes.hasten(actor.user.org_id, mailbox.id)


def _wait(settings: Settings, by: timedelta) -> None:
    if dial.may_turn(settings):
        with db.connection():
            add_partitions(clock.now() + by)
        dial.turn(settings, by)
    else:
        threading.Event().wait(min(by.total_seconds(), LONGEST_REAL_WAIT_S))


def _show(actor: Actor, api: StampApi, message_id: str) -> None:
    """Tell which mail of hers the sender looks at; a mail that is not hers stays untold."""
    with db.connection():
        row = db.one(
            "SELECT s.id FROM stamp s JOIN email_message m ON m.id = s.message_id"
            " WHERE m.internet_message_id = %s AND s.user_id = %s",
            [message_id, actor.user.id],
        )
    if row:
        api.show(row[0])


@contextmanager
def _api(actor: Actor, scope: Scope) -> Iterator[StampApi]:
    """The API with a token for one call, gone after it."""
    label = f"playground {clock.new_id()}"
    token = issue_token(actor.user, scope, label)
    # The API answers from another thread: no connection is held while we wait for it.
    db.database.close()
    try:
        yield StampApi(actor.settings.public_url, token)
    finally:
        with db.connection():
            _forget(actor.user, label)


def _forget(user: User, label: str) -> None:
    ApiToken.delete().where(ApiToken.user_id == user.id, ApiToken.label == label).execute()
