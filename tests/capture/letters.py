"""Mails, mailboxes and turns for the tests of this room."""

from datetime import timedelta
from email.message import EmailMessage

from backend import clock, db
from backend.capture import ingest, items, streams, sync
from backend.capture.ingest import Context
from backend.capture.leaving_out import Limits
from backend.models.mailboxes import Mailbox, MailboxState
from backend.providers.mail import FetchedMail
from backend.tracking.tokens import TokenKeys
from tests.world import CAROL, NOON, SECRET

LIMITS = Limits(internal_domains=frozenset({"ours.test"}))


def letter(sender=CAROL, to="alice@ours.test", subject="Offer", message_id="", **changes):
    """A mail; `headers` more of them, `html` and `text` its bodies."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    if message_id:
        mail["Message-ID"] = message_id
    for name, value in changes.pop("headers", {}).items():
        mail[name] = value
    mail.set_content(changes.pop("text", "Hello"))
    if "html" in changes:
        mail.add_alternative(changes.pop("html"), subtype="html")
    assert not changes
    return mail


def mailbox_of(user, **changes):
    """A mailbox that was just connected."""
    values = {
        "org_id": user.org_id,
        "user_id": user.id,
        "provider": "google",
        "address": user.email,
        "next_sync_at": NOON,
    } | changes
    return Mailbox.create(**values)


def half_filled(mailbox):
    """Of about five mails one is taken in, one lies apart and one waits."""
    stream = streams.of(mailbox.org_id, mailbox.id)
    streams.begin(stream, "0", clock.now())
    streams.note_listing(stream, ["a", "b", "c"], "more", 5)
    items.finish(mailbox.id, {"a": items.CAPTURED})
    for _ in range(items.MAX_ATTEMPTS):
        items.fail(mailbox.id, "b", "Unreadable: cut")


def context(limits=LIMITS):
    """What ingesting needs; by default only ours.test is inside."""
    return Context(TokenKeys(SECRET), lambda _mailbox: limits)


def take(mailbox, mail, *, days=0, is_sent=False):
    """That mail, so many days old, as it is found in that mailbox."""
    at = clock.now() - timedelta(days=days, minutes=1)
    fetched = FetchedMail(clock.new_id(), "t", at, is_sent, False, False, False, mail.as_bytes())
    with db.transaction():
        ingest.take_in(Mailbox.get_by_id(mailbox.id), [fetched], context())


def turn(mailbox, provider, limits=LIMITS, owner="worker"):
    """One turn of the mailbox as it stands in the table."""
    return sync.sync(Mailbox.get_by_id(mailbox.id), provider, context(limits), owner)


def run_dry(mailbox, provider, limits=LIMITS):
    """Turns until there is nothing left; the last one."""
    for _ in range(50):
        last = turn(mailbox, provider, limits)
        if last.is_over and Mailbox.get_by_id(mailbox.id).state == MailboxState.ACTIVE:
            return last
    raise AssertionError("the mailbox never comes to rest")


def hours(count):
    return NOON + timedelta(hours=count)
