"""What goes on for a mail that came in: as it came, or stamped, for all or in several copies."""

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from backend.errors import Conflict, Invalid
from backend.mail.addresses import normalise
from backend.mail.body_kind import Unstampable
from backend.mail.mail_facts import MailFacts, facts_of
from backend.mail.mime import MimeMail, read_mail
from backend.mail.mime_headers import Headers
from backend.models.mail import Stamp
from backend.relay import belonging
from backend.relay.senders import Sender, sender_of
from backend.tracking import stamping
from backend.tracking.drafts import Channel, Draft, Host, Stamped

LOOP_HEADER = "X-Telltale-Relay"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail as the peer gave it to us; `key` is what it is known by over all attempts."""

    mail_from: str
    recipients: tuple[str, ...]
    content: bytes
    headers: Headers | None
    key: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """One version of the mail and who gets it, by the addresses the peer named.

    The lines of `head` go before it: a mail is large, and is not copied for them.
    """

    recipients: tuple[str, ...]
    content: bytes
    head: bytes = b""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What goes on; `reason` says why nothing was stamped, "" if something was."""

    parcels: tuple[Parcel, ...]
    reason: str
    stamp: Stamp | None = None
    message_id: str = ""


def unchanged(
    mail: Incoming, reason: str, stamp: Stamp | None = None, message_id: str = ""
) -> Outcome:
    """The mail goes on as it came."""
    return Outcome((Parcel(mail.recipients, mail.content),), reason, stamp, message_id)


class Stamper:
    """Stamps mail for one tracking host; `secret` keys the mark of what has been through here."""

    def __init__(self, host: Host, secret: str) -> None:
        self._host = host
        self._key = hmac.digest(secret.encode(), b"telltale relay loop", "sha256")

    def stamp(self, mail: Incoming) -> Outcome:
        """What goes on for this mail. Raises what the database raises."""
        if mail.headers is None:
            return unchanged(mail, Unstampable.UNREADABLE)
        facts = facts_of(mail.headers)
        mark = self._mark(facts.message_id)
        if mark in (each.strip() for each in mail.headers.all(LOOP_HEADER.lower())):
            return unchanged(mail, "looped")
        sender = sender_of(_writers(mail, facts))
        if sender is None:
            return unchanged(mail, "unknown_sender")
        if facts.is_automatic_reply and not sender.is_automated:
            return unchanged(mail, "automatic_reply")
        return _Work(mail, facts, sender, self._host, mark).outcome()

    def _mark(self, message_id: str) -> bytes:
        text = message_id.encode("utf-8", "replace")
        return hmac.new(self._key, text, "sha256").hexdigest()[:32].encode()


@dataclass(frozen=True, slots=True)
class _Work:
    """The stamping of one mail of a sender we know."""

    mail: Incoming
    facts: MailFacts
    sender: Sender
    host: Host
    mark: bytes

    def outcome(self) -> Outcome:
        read = read_mail(self.mail.content)
        stamp = None
        if isinstance(read, MimeMail):
            stamp = belonging.stamp_of(read.html, self.facts.message_id, self.sender, self.host)
            if stamp is not None and belonging.is_done(stamp):
                return self._before(stamp)
        try:
            return self._stamped(read, belonging.compose_id(stamp, self.mail.key), stamp)
        except Conflict:  # it was sent with other content: what came back is not ours to change
            return self._before(stamp)

    def _before(self, stamp: Stamp | None) -> Outcome:
        return unchanged(self.mail, "stamped_before", stamp, self.facts.message_id)

    def _stamped(
        self, read: MimeMail | Unstampable, compose_id: str, stamp: Stamp | None
    ) -> Outcome:
        left = self._left(read)
        html = read.html if isinstance(read, MimeMail) else None
        stamped = self._recorded(self._draft(html, left, compose_id, stamp))
        parcels = None
        if isinstance(read, MimeMail) and not left:
            parcels = self._parcels(read, stamped)
            if parcels is None:
                draft = self._draft(html, Unstampable.CHARSET, compose_id, stamp)
                stamped = self._recorded(draft)
        row = stamp or Stamp(id=stamped.id, org_id=self.sender.user.org_id)
        if parcels is None:
            return unchanged(self.mail, stamped.reason, row, self.facts.message_id)
        return Outcome(parcels, stamped.reason, row, self.facts.message_id)

    def _recorded(self, draft: Draft) -> Stamped:
        try:
            return stamping.stamp(draft, self.sender.user, self.host, self.sender.policy)
        except Invalid:  # too much for a copy each: one for everybody
            if not draft.per_recipient:
                raise
            return self._recorded(replace(draft, per_recipient=False))

    def _left(self, read: MimeMail | Unstampable) -> str:
        if isinstance(read, Unstampable):
            return read
        keeps = self.sender.policy.relay_keeps_dkim and self.facts.is_dkim_signed
        return Unstampable.DKIM_SIGNED if keeps else ""

    def _draft(self, html: str | None, left: str, compose_id: str, stamp: Stamp | None) -> Draft:
        opens, links = belonging.switches(stamp, self.sender)
        return Draft(
            channel=Channel.RELAY,
            sender=self.sender.address,
            subject=self.facts.subject,
            recipients=belonging.recipients(
                self.sender.user, compose_id, self.facts, [*map(normal, self.mail.recipients)]
            ),
            opens=opens,
            links=links,
            compose_id=compose_id,
            html=None if left else html,
            per_recipient=self.sender.per_recipient or bool(stamp and stamp.is_per_recipient),
            refused=left,
        )

    def _parcels(self, read: MimeMail, stamped: Stamped) -> tuple[Parcel, ...] | None:
        """The versions that go out; None if charset or encoding do not hold one of them."""
        at = {copy.address: copy.html for copy in stamped.copies}
        # A shared mail may come again for somebody who refused: what went to others is stamped.
        measured = {each.address for each in stamped.recipients if each.is_measured}
        wanted: dict[str, list[str]] = {}
        for address in self.mail.recipients:
            who = normal(address)
            html = at.get(who) or (stamped.html if who in measured else stamped.unstamped)
            wanted.setdefault(read.html if html is None else html, []).append(address)
        contents = {html: read.with_html(html) for html in wanted}
        if None in contents.values():
            return None
        return tuple(self._marked(contents, wanted))

    def _marked(
        self, contents: Mapping[str, bytes | None], wanted: Mapping[str, list[str]]
    ) -> Iterator[Parcel]:
        line = LOOP_HEADER.encode() + b": " + self.mark + b"\r\n"
        for html, content in contents.items():
            is_changed = bool(content) and content is not self.mail.content
            head = line if is_changed else b""
            yield Parcel(tuple(wanted[html]), content or self.mail.content, head)


def normal(address: str) -> str:
    """An envelope's address as people's are kept; one that cannot be is taken as it stands."""
    try:
        return normalise(address)
    except ValueError:
        return "".join(filter(str.isprintable, address)).lower()


def _writers(mail: Incoming, facts: MailFacts) -> Iterator[str]:
    # From first: a program's envelope names a mailbox for bounces, a new one for every mail.
    if facts.sender is not None:
        yield facts.sender.address
    if mail.mail_from:
        yield normal(mail.mail_from)
