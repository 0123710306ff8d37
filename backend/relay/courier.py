"""Carries the mails of one peer's session to the smarthost, over one session of its own.

Recipients are asked for as the peer names them, so that each gets the smarthost's own answer. A
mail of which several versions go out is sent in several transactions.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from backend.errors import Unavailable
from backend.relay import counters
from backend.relay.reply import Reply
from backend.relay.smarthost import Link, Smarthost
from backend.relay.trace import Arrival

AWAY = Reply(451, ("4.4.1 The next host does not answer; try again later",))
NO_UTF8 = Reply(550, ("5.6.7 The next host does not take internationalized addresses",))
GOODBYE = 421  # RFC 5321 section 3.8: it ends the session, as after a peer that sends for long
TOO_LARGE = Reply(552, ("5.3.4 The next host takes no mail of this size",))

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sending:
    """Who sends, how the mail comes to us, and what the peer said of it."""

    mail_from: str
    arrival: Arrival
    is_utf8: bool = False
    is_8bit: bool = False
    size: int = 0  # in bytes, with our trace; 0: the peer did not say

    @classmethod
    def of(
        cls, mail_from: str, options: Sequence[str], arrival: Arrival, *, is_utf8: bool
    ) -> "Sending":
        """What a peer says with MAIL; aiosmtpd has looked at the options' syntax."""
        said = dict(each.partition("=")[::2] for each in options)
        size = int(said.get("SIZE") or 0)
        size += arrival.length() if size else 0
        return cls(mail_from, arrival, is_utf8, said.get("BODY") == "8BITMIME", size)


class Courier:
    """The way of one peer's mails. Its verbs answer, they do not raise."""

    def __init__(self, smarthost: Smarthost) -> None:
        self._smarthost = smarthost
        self._link: Link | None = None
        self._taken: list[str] | None = None  # the recipients of an open transaction
        self._is_away = False  # for this mail: the next recipient need not wait for that, too

    async def add(self, sending: Sending, address: str) -> Reply:
        """Ask the smarthost to take this recipient, in a transaction that stays open."""
        if self._is_away:
            return AWAY
        try:
            return await self._add(sending, address)
        except Unavailable as error:
            self._is_away = self._taken is None
            return self._away(error)

    async def deliver(
        self, sending: Sending, recipients: Sequence[str], head: bytes, content: bytes
    ) -> dict[str, Reply]:
        """Send a mail, with these whole lines before it, to these recipients; each one's answer."""
        failure = Unavailable("does not answer")
        for _ in range(2):  # the session may have ended while the peer was sending
            try:
                answers = await self._open(sending, recipients)
                welcome = await self._data(len(head) + len(content)) if self._taken else None
            except Unavailable as error:
                failure = error
                self._drop()
                continue
            if welcome is None:
                return answers
            verdict = await self._content(head, content) if welcome.code == 354 else welcome
            return {
                address: verdict if answer.is_good else answer
                for address, answer in answers.items()
            }
        return dict.fromkeys(recipients, self._away(failure))

    async def reset(self) -> None:
        """Forget the open transaction, if there is one."""
        self._is_away = False
        if self._taken is not None and self._link is not None:
            self._taken = None
            try:
                await self._link.command("RSET")
            except Unavailable:
                self._drop()

    async def close(self) -> None:
        """End the session with the smarthost."""
        link, self._link, self._taken = self._link, None, None
        if link is not None:
            await link.close()

    async def _add(self, sending: Sending, address: str) -> Reply:
        if self._taken is None:
            reply = await self._begin(sending)
            if not reply.is_good:
                return _of_recipient(reply)
            self._taken = []
        assert self._link is not None
        reply = await self._link.command(f"RCPT TO:<{address}>")
        if reply.is_good:
            self._taken.append(address)
        return reply

    async def _begin(self, sending: Sending) -> Reply:
        """Open a transaction, on a new session where the old one has ended meanwhile."""
        if self._link is not None:
            with suppress(Unavailable):
                reply = await self._mail(self._link, sending)
                if reply.code != GOODBYE:
                    return reply
            self._drop()
        self._link = await Link.open(self._smarthost)
        return await self._mail(self._link, sending)

    async def _mail(self, link: Link, sending: Sending) -> Reply:
        if sending.is_utf8 and not link.offers("SMTPUTF8"):
            return NO_UTF8
        options = " BODY=8BITMIME" * (sending.is_8bit and link.offers("8BITMIME"))
        options += " SMTPUTF8" * sending.is_utf8
        options += f" SIZE={sending.size}" * (sending.size > 0 and link.offers("SIZE"))
        return await link.command(f"MAIL FROM:<{sending.mail_from}>{options}")

    async def _open(self, sending: Sending, recipients: Sequence[str]) -> dict[str, Reply]:
        """A transaction with just these recipients: the open one, or another."""
        if self._taken is not None and set(self._taken) == set(recipients):
            return dict.fromkeys(recipients, Reply(250, ()))
        await self.reset()
        return {address: await self._add(sending, address) for address in recipients}

    async def _data(self, size: int) -> Reply:
        assert self._link is not None
        most = self._link.told_of("SIZE")
        if most.isdecimal() and 0 < int(most) < size:  # many end the session in the middle of it
            return TOO_LARGE
        reply = await self._link.command("DATA")
        if reply.code == GOODBYE:
            raise Unavailable("says goodbye")
        # Refused here, the transaction is still open over there; it is reset before the next.
        self._taken = None if reply.code == 354 else []
        return AWAY if reply.is_good else reply

    async def _content(self, head: bytes, content: bytes) -> Reply:
        assert self._link is not None
        try:
            return await self._link.content(head, content)
        except Unavailable as error:  # whether it was taken is not known; the peer keeps it
            return self._away(error)

    def _away(self, error: Unavailable) -> Reply:
        """Let the session go, and say why where an operator looks: the peer hears only 451."""
        self._drop()
        counters.AWAY.inc()
        log.warning("relay: the smarthost %s", error.detail)
        return AWAY

    def _drop(self) -> None:
        if self._link is not None:
            self._link.abort()
        self._link, self._taken = None, None


def _of_recipient(refusal: Reply) -> Reply:
    """A sender's refusal as a recipient's, where 552 would mean that there are too many of them.

    Such a mail is sent again for days. Source: RFC 5321 section 4.5.3.1.10.
    """
    return replace(refusal, code=554) if refusal.code == 552 else refusal
