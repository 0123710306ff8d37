"""One turn of a mailbox's address book: what changed since the last one, and whom that makes.

Each page's entries and the place behind them are written in one transaction under the mailbox's
lease, so a crash repeats a page and loses none. Where the place is lost the whole book is told
anew; what is not told then is unlinked. A book that cannot be read holds up no mail: its reason
stands with its stream.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from backend import clock, db
from backend.access import audit
from backend.capture import address_book, book_links, leases, side_streams, states, streams
from backend.capture.address_book import ADDED, MATCHED, UNREADABLE, Outcome
from backend.capture.book_links import Link
from backend.capture.ingest import POISON
from backend.capture.leases import Lease
from backend.capture.leaving_out import Limits
from backend.capture.streams import Phase, Stream
from backend.models.mailboxes import CONTACTS, Mailbox
from backend.providers.contacts import ContactPage, ContactsProvider, Entry
from backend.providers.mail import PlaceLost, ProviderError, TryLater

POLL = timedelta(minutes=15)
PAGES = 20  # of one turn

log = logging.getLogger(__name__)


@dataclass(slots=True)
class ContactsTurn:
    """What a turn did; `is_over` is False while there are more pages."""

    added: int = 0
    filled: int = 0
    left_out: int = 0
    gone: int = 0
    is_over: bool = False


@dataclass(slots=True)
class _Work:
    mailbox: Mailbox
    provider: ContactsProvider
    lease: Lease
    limits: Limits
    turn: ContactsTurn


def sync(
    mailbox: Mailbox,
    provider: ContactsProvider,
    limits_of: Callable[[Mailbox], Limits],
    owner: str,
) -> ContactsTurn | None:
    """One turn, PAGES at most. None while another worker has the mailbox.

    What the provider refuses is told by the stream, and a lost grant by the mailbox's state.
    """
    turn = ContactsTurn()
    with leases.working(mailbox.id, owner) as lease:
        if lease is None:
            return None
        now = states.wanted(mailbox.id)
        if now is None:
            return turn
        work = _Work(now, provider, lease, limits_of(now), turn)
        stream = _stream(mailbox)
        try:
            _take_pages(work, stream)
        except ProviderError as error:
            side_streams.refused(lease, stream, error)
        finally:  # also where another worker has the mailbox now: the pages before stay
            _tell(work)
    return turn


def _take_pages(work: _Work, stream: Stream) -> None:
    has_lost = False
    for _ in range(PAGES):
        if not stream.place and not stream.changes_page:
            stream = _begin(work, stream)
        try:
            page = work.provider.contacts(stream.place, stream.changes_page or None)
        except PlaceLost:
            if has_lost or (not stream.place and not stream.changes_page):
                raise TryLater("place") from None
            has_lost, stream = True, _begin(work, stream)
            continue
        _take_page(work, stream, page)
        if page.next_page is None:
            work.turn.is_over = True
            return
        stream = _stream(work.mailbox)


def _begin(work: _Work, stream: Stream) -> Stream:
    """The whole book is told, from its first page on."""
    with leases.holding(work.lease):
        streams.restart(stream, clock.now())
    return _stream(work.mailbox)


def _take_page(work: _Work, stream: Stream, page: ContactPage) -> None:
    mailbox, generation = work.mailbox, stream.generation
    with leases.holding(work.lease):
        for each in page.entries:
            _count(work.turn, _take_in(work, each, generation))
        for provider_id in page.unreadable:
            book_links.keep(mailbox, provider_id, Link(UNREADABLE), generation)
        work.turn.left_out += len(page.unreadable)
        work.turn.gone += book_links.went(mailbox, page.gone)
        if page.next_page is not None:
            streams.note_page(stream, None, page.next_page, None)
            return
        if stream.phase is not Phase.IDLE:
            work.turn.gone += book_links.went_unseen(mailbox, generation)
        streams.note_page(stream, page.place, None, None)
        streams.rest(stream, clock.now() + POLL)


def _take_in(work: _Work, entry: Entry, generation: int) -> Outcome:
    """An entry that cannot be kept is left out with that rule, and the others go on."""
    try:
        with db.transaction():
            return address_book.take_in(work.mailbox, entry, work.limits, generation)
    except POISON as error:
        log.warning(
            "contact left out", extra={"mailbox": work.mailbox.id, "why": type(error).__name__}
        )
    book_links.keep(work.mailbox, entry.provider_id, Link(UNREADABLE), generation)
    return Outcome(UNREADABLE)


def _count(turn: ContactsTurn, outcome: Outcome) -> None:
    turn.left_out += outcome.rule not in {ADDED, MATCHED}
    turn.added += outcome.is_new
    turn.filled += outcome.is_filled


def _tell(work: _Work) -> None:
    """Who was added or filled in, in the audit log."""
    mailbox, turn = work.mailbox, work.turn
    if turn.added or turn.filled:
        act = audit.Act("people.address_book", "mailbox", mailbox.id)
        detail = {"added": turn.added, "filled": turn.filled, "left_out": turn.left_out}
        audit.note(mailbox.org_id, audit.SYSTEM, act, detail)


def _stream(mailbox: Mailbox) -> Stream:
    return streams.of(mailbox.org_id, mailbox.id, CONTACTS)
