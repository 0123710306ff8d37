"""One turn of a mailbox's calendar: what changed since the last one, and the rows of it.

Each page's meetings and the place behind them are written in one transaction under the mailbox's
lease, so a crash repeats a page and loses none. Where the place is lost everything is told anew;
what was to come and is not told then is looked up before it counts as gone. A calendar that cannot
be read holds up no mail: its reason stands with its stream.
"""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend import clock, db
from backend.capture import leases, meetings, pushes, side_streams, states, streams
from backend.capture.ingest import POISON
from backend.capture.items import CAPTURED
from backend.capture.leases import Lease
from backend.capture.leaving_out import Limits
from backend.capture.streams import Phase, Stream
from backend.models.mailboxes import Mailbox
from backend.providers.calendar import CalendarProvider, Meeting, MeetingPage
from backend.providers.mail import PlaceLost, ProviderError, TryLater

KIND = "calendar"
POLL = timedelta(minutes=5)
PAGES = 50  # of one turn

log = logging.getLogger(__name__)


@dataclass(slots=True)
class CalendarTurn:
    """What a turn did."""

    captured: int = 0
    left_out: int = 0


@dataclass(slots=True)
class _Work:
    mailbox: Mailbox
    provider: CalendarProvider
    lease: Lease
    limits_of: Callable[[Mailbox], Limits]
    turn: CalendarTurn
    began: datetime


def sync(
    mailbox: Mailbox,
    provider: CalendarProvider,
    limits_of: Callable[[Mailbox], Limits],
    owner: str,
) -> CalendarTurn | None:
    """One turn, PAGES at most. None while another worker has the mailbox.

    What the provider refuses is told by the stream, and a lost grant by the mailbox's state.
    """
    turn = CalendarTurn()
    with leases.working(mailbox.id, owner) as lease:
        if lease is None:
            return None
        now = states.wanted(mailbox.id)
        if now is None:
            return turn
        work = _Work(now, provider, lease, limits_of, turn, clock.now())
        stream = streams.of(mailbox.org_id, mailbox.id, KIND)
        try:
            _take_pages(work, stream)
        except ProviderError as error:
            side_streams.refused(lease, stream, error)
    return turn


def _take_pages(work: _Work, stream: Stream) -> None:
    for _ in range(PAGES):
        try:
            stream = _take_page(work, stream)
        except PlaceLost:
            stream = _forget_place(work, stream)
        if not stream.changes_page and stream.place:
            _end(work, stream)
            return


def _take_page(work: _Work, stream: Stream) -> Stream:
    since = streams.first_day(work.mailbox.backfill_days)
    began = stream.listing_from or clock.now()
    page = work.provider.meetings(stream.place, stream.changes_page or None, since)
    gone = {*page.gone, *_left_series(work, page)}
    with leases.holding(work.lease):
        meetings.drop(work.mailbox, set(page.series) - gone)  # one that became a series is none
        for each in page.meetings:
            _take_in(work, each)
        meetings.went(work.mailbox, gone)
        streams.note_page(stream, page.place, page.next_page, began if not stream.place else None)
    return streams.of(work.mailbox.org_id, work.mailbox.id, KIND)


def _left_series(work: _Work, page: MeetingPage) -> Collection[str]:
    """Occurrences to come that are gone without a word: a series that is told is told whole."""
    missing = meetings.left_series(work.mailbox, page)
    return work.provider.gone(sorted(missing)) if missing and page.is_windowed else missing


def _take_in(work: _Work, meeting: Meeting) -> None:
    """A meeting that cannot be kept is told in the log; it comes again when it is changed."""
    try:
        with db.transaction():
            rule = meetings.take_in(work.mailbox, meeting, work.limits_of)
    except POISON as error:
        log.warning(
            "meeting left out", extra={"mailbox": work.mailbox.id, "why": type(error).__name__}
        )
        rule = type(error).__name__
    work.turn.captured += rule == CAPTURED
    work.turn.left_out += rule != CAPTURED


def _forget_place(work: _Work, stream: Stream) -> Stream:
    """Begin from nothing. Raises PlaceLost where there was no place to lose."""
    if not stream.place and not stream.changes_page:
        raise TryLater("place")
    with leases.holding(work.lease):
        streams.restart(stream, clock.now())
    return streams.of(work.mailbox.org_id, work.mailbox.id, KIND)


def _end(work: _Work, stream: Stream) -> None:
    """All is told: after a round from nothing, what was not told is looked up."""
    gone: frozenset[str] = frozenset()
    if stream.phase is not Phase.IDLE:
        missing = meetings.unseen(work.mailbox, stream.listing_from or clock.now())
        gone = work.provider.gone(missing) if missing else gone
    with leases.holding(work.lease):
        meetings.went(work.mailbox, gone)
        streams.rest(stream, clock.now() + POLL)
        # What was told meanwhile may not be in it. Asked behind the write: who tells now, waits.
        if pushes.told_since(work.mailbox.id, KIND, work.began):
            streams.rest(stream, clock.now())
