"""One mail from its last byte to our answer: stamp, hand on, note who has it, answer.

    all accepted            the smarthost's own answer, or one of ours for several copies
    none accepted           the smarthost's answer
    some accepted           451: the peer tries again, and whoever has the mail is skipped
    the rest refused then   the smarthost's refusal
    has come back to us     554 for whoever has accepted it before

What the database has to do runs in a few threads; the event loop only carries bytes.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from backend import clock, db
from backend.mail.mime_headers import read_headers
from backend.relay import counters
from backend.relay.courier import Courier, Sending
from backend.relay.ledger import Ledger, is_named
from backend.relay.reply import Reply
from backend.relay.stamper import Incoming, Outcome, Stamper, unchanged
from backend.relay.trace import ID_LENGTH, traces
from backend.settings import Settings
from backend.tracking import sending as sends
from backend.tracking.drafts import Host

# Each question to the database gives Python's lock away and waits for it again: with eight threads
# a mail cost a fifth more processor time than with four, and took longer.
THREADS = 4
MAX_HOPS = 50  # source: Postfix's hopcount_limit, http://www.postfix.org/postconf.5.html (2026)

# While the database is away a mail must not wait for it three times over: it is asked anew only
# after so long, and what goes on meanwhile goes on as it came.
AWAY_S = 2.0

DONE = Reply(250, ("2.0.0 Accepted for every recipient",))
SOME = Reply(451, ("4.3.0 Accepted for some recipients; send it again for the others",))
TOO_MANY = "too_many_hops"
TOO_MANY_HOPS = Reply(554, ("5.4.6 The mail has come through too many hosts: it goes in a circle",))
CAME_BACK = Reply(554, ("5.4.6 The mail has come back to the relay: it goes in a circle",))

log = logging.getLogger(__name__)
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class _Way:
    """A mail's way through us: `trace` goes before it.

    Who `had` it is skipped; for whom it has `come_back` it is refused. Both are known by `key`.
    """

    key: str
    trace: bytes
    outcome: Outcome
    had: frozenset[str] = frozenset()
    come_back: frozenset[str] = frozenset()


class PostOffice:
    """Shared by all sessions."""

    def __init__(self, settings: Settings) -> None:
        self._stamper = Stamper(Host.of(settings), settings.secret)
        self._ledger = Ledger(settings.secret)
        self._away_until = 0.0
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="relay")

    async def send(
        self, courier: Courier, sending: Sending, recipients: list[str], content: bytes
    ) -> Reply:
        """Stamp the mail, hand it on and return the answer for the peer."""
        way = await self._in_thread(partial(self._prepare, sending, recipients, content))
        if way.outcome.reason == TOO_MANY:
            return TOO_MANY_HOPS
        answers = dict.fromkeys(way.come_back, CAME_BACK)
        for parcel in way.outcome.parcels:
            started_at = clock.now()
            head = way.trace + parcel.head
            answers |= await courier.deliver(sending, parcel.recipients, head, parcel.content)
            taken = [each for each in parcel.recipients if answers[each].is_good]
            if taken:
                await self._in_thread(partial(self._note, way, taken, started_at))
        return answer_of(answers, has_earlier=bool(way.had))

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown()

    def _prepare(self, sending: Sending, recipients: list[str], content: bytes) -> _Way:
        """The mail, who has it already, and what goes to the others."""
        headers = read_headers(content, 0, len(content))
        key = self._ledger.mail_key(sending.mail_from, headers, content)
        everybody = tuple(dict.fromkeys(recipients))
        mail = Incoming(sending.mail_from, everybody, content, headers, key)
        mail_id, hops = key[:ID_LENGTH], traces(content)
        trace = sending.arrival.line(mail_id, clock.now())
        if len(hops) > MAX_HOPS:
            return _Way(key, trace, unchanged(mail, TOO_MANY))
        rounds = [_of_round(key, number) for number in range(1 + _times_here(mail_id, hops))]
        had, come_back = self._had(rounds[-1], everybody), set[str]()
        if had.issuperset(everybody) and not is_named(headers):
            had = set()  # the next of a program that writes neither id nor date: it is not lost
        for earlier in rounds[:-1]:
            come_back |= self._had(earlier, everybody) - had
        outcome = self._guarded(lambda: self._stamper.stamp(mail), unchanged(mail, "error"))
        counters.STAMPED.labels(outcome.reason or "stamped").inc()
        outcome = _without(outcome, had | come_back)
        return _Way(rounds[-1], trace, outcome, frozenset(had), frozenset(come_back))

    def _had(self, key: str, everybody: Collection[str]) -> set[str]:
        """Who of them is known to have accepted what has that key."""
        known = self._guarded(lambda: self._ledger.accepted(key, everybody), set[str]())
        return known | self._ledger.remembered(key, everybody)

    def _note(self, way: _Way, taken: list[str], started_at: datetime) -> None:
        """Write down who has the mail now, and that it was sent."""
        if not self._guarded(lambda: self._write(way, taken, started_at), False):
            self._ledger.remember(way.key, taken)

    def _write(self, way: _Way, taken: list[str], started_at: datetime) -> bool:
        stamp = way.outcome.stamp
        with db.transaction():
            self._ledger.write(way.key, taken, stamp.org_id if stamp else None)
            if stamp is not None:
                sends.confirm_first(stamp, started_at, sends.Source.RELAY, way.outcome.message_id)
        return True

    def _guarded(self, work: Callable[[], _Found], otherwise: _Found) -> _Found:
        """What the work gives, or `otherwise` when it fails, however: the mail must go on."""
        if clock.monotonic() < self._away_until:
            return otherwise
        try:
            with db.connection():
                return work()
        except Exception as error:
            counters.ERRORS.inc()
            if isinstance(error, db.AWAY):
                self._away_until = clock.monotonic() + AWAY_S
            log.error("relay: the mail goes on without (%s)", type(error).__name__)
            log.debug("what it was", exc_info=error)
            return otherwise

    async def _in_thread(self, work: Callable[[], _Found]) -> _Found:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def answer_of(answers: Mapping[str, Reply], *, has_earlier: bool) -> Reply:
    """One answer for all of a mail's recipients; `has_earlier` if some have had it before."""
    given = list(answers.values())
    refusals = [each for each in given if not each.is_good]
    if not refusals:
        return given[0] if len(set(given)) == 1 and not has_earlier else DONE
    if len(refusals) < len(given):
        return SOME
    return next((each for each in refusals if not each.is_final), refusals[0])


def _without(outcome: Outcome, had: set[str]) -> Outcome:
    parcels = (
        replace(parcel, recipients=tuple(each for each in parcel.recipients if each not in had))
        for parcel in outcome.parcels
    )
    return replace(outcome, parcels=tuple(parcel for parcel in parcels if parcel.recipients))


def _times_here(mail_id: str, hops: Sequence[bytes]) -> int:
    """How often a mail has been here before, by our own traces: nobody else can make its id."""
    return sum(mail_id.encode() in each for each in hops)


def _of_round(key: str, number: int) -> str:
    """What a mail's acceptances are known by: one that has come back is not one sent again."""
    return f"{key} {number}" if number else key
