"""Which stamp a mail belongs to, by the picture in its new text, and what that stamp asks for.

    armed      the add-on put its marker into the draft: the relay completes it
    disarmed   switched off again: the picture goes, nothing is measured
    stamped    by the Outlook add-in or the API: the mail goes on as it is, its send is confirmed

Several pictures of one user's unsent stamps are one mail's: they are merged. Pictures of mails
sent before come with quotes and templates and belong to none.
"""

from collections.abc import Sequence

from backend import clock, db
from backend.mail.html_body import HtmlBody
from backend.mail.mail_facts import MailFacts
from backend.models.mail import EmailMessage, Participant, Stamp
from backend.models.org import User
from backend.relay.ledger import LIFE
from backend.relay.senders import Sender
from backend.tracking import merging, sending
from backend.tracking.drafts import Channel, Host, Recipient, State, recipients_in
from backend.tracking.sending import Source
from backend.tracking.stamping import MAX_RECIPIENTS, link_rules

_STAMPED_BY_THEMSELVES = frozenset({Channel.OUTLOOK, Channel.API})


def stamp_of(html: str, message_id: str, sender: Sender, host: Host) -> Stamp | None:
    """The stamp of this mail, found by the pictures in it; None if it has none yet."""
    text = html.lower()
    if not any(each in text for each in host.under(sender.policy).own_hosts):
        return None
    body = HtmlBody.read(html, link_rules(sender.policy, host))
    found = merging.stamps_of(body.new_pixels, sender.user.id)
    current = [stamp for stamp in found if _is_current(stamp, message_id)]
    if not current:
        return None
    kept = next((stamp for stamp in current if stamp.state == State.ARMED), current[0])
    others = [stamp for stamp in current if stamp.id != kept.id]
    if others:
        merging.merge(kept, others)
    return kept


def is_done(stamp: Stamp) -> bool:
    """Whether the mail carries its pixel and wrapped links already."""
    is_stamped = bool(stamp.content_digest) and not stamp.reason
    return is_stamped and stamp.channel in _STAMPED_BY_THEMSELVES


def compose_id(stamp: Stamp | None, key: str) -> str:
    """The compose id under which the mail is stamped, the same for every attempt to send it."""
    if stamp is None:
        return f"relay {key}"
    if stamp.compose_id is None:
        stamp.compose_id = f"relay {key}"
        Stamp.update(compose_id=stamp.compose_id).where(Stamp.id == stamp.id).execute()
    return stamp.compose_id


def switches(stamp: Stamp | None, sender: Sender) -> tuple[bool, bool]:
    """Whether opens and links of the mail are measured: its own choice, else the sender's."""
    if stamp is None:
        return sender.opens, sender.links
    is_on = stamp.state != State.DISARMED
    return stamp.opens and is_on, stamp.links and is_on


def recipients(
    user: User, compose: str, facts: MailFacts, envelope: Sequence[str]
) -> tuple[Recipient, ...]:
    """Everybody the mail goes to: those of this envelope, of its headers, and of earlier envelopes.

    Hosts split a mail by its recipients' domains; a mail that comes again for others is still one.
    """
    found = {address: Recipient("bcc", address) for address in envelope}
    found |= recipients_in(to=facts.to, cc=facts.cc)
    wanted = list(found.values())[:MAX_RECIPIENTS]
    sent = db.one(
        "SELECT id, org_id, message_id FROM stamp"
        " WHERE org_id = %s AND user_id = %s AND compose_id = %s AND sent_at IS NOT NULL",
        [user.org_id, user.id, compose],
    )
    if sent is None:
        return tuple(wanted)
    return _with_earlier(Stamp(id=sent[0], org_id=sent[1], message_id=sent[2]), wanted)


def _with_earlier(sent: Stamp, wanted: list[Recipient]) -> tuple[Recipient, ...]:
    rows = (
        Participant.select()
        .where(Participant.message_id == sent.message_id, Participant.role != "from")
        .order_by(Participant.position)
    )
    earlier = {row.address: Recipient(row.role, row.address, row.name) for row in rows}
    new = [who for who in wanted if who.address not in earlier]
    everybody = (*earlier.values(), *new)[:MAX_RECIPIENTS]
    if new:
        sending.correct_recipients(sent, everybody)
    return everybody


def _is_current(stamp: Stamp, message_id: str) -> bool:
    if stamp.sent_at is None or stamp.sent_at_source == Source.PROVISIONAL:
        return True
    known = EmailMessage.get_by_id(stamp.message_id).internet_message_id
    # Who sends it by the API or "Send tracked" may say so before it comes here, and a program gives
    # each copy an id of its own.
    is_announced = not known and stamp.sent_at_source == Source.SENDER
    is_own_copy = stamp.is_per_recipient and stamp.channel == Channel.API
    if (is_announced or is_own_copy) and clock.now() - stamp.sent_at < LIFE:
        return True
    return bool(message_id) and known == message_id
