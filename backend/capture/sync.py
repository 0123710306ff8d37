"""One turn of a mailbox: what changed, a part of the back-fill, and the mails themselves.

    take lease -> changes -> import what waits -> one page of the listing -> ... -> release

Each page's ids and its place are written in one transaction, and each mail with its item's end in
another: a crash at any step repeats work and loses nothing. Calls to the provider are made outside
of transactions.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend import clock, db
from backend.capture import ingest, items, leases, pushes, states, streams
from backend.capture.items import ItemState
from backend.capture.leases import Lease
from backend.capture.streams import Phase, Stream
from backend.models.mailboxes import AWAKE, Mailbox
from backend.providers.mail import (
    Fetched,
    FetchedMail,
    MailProvider,
    NeedsAdmin,
    NeedsReauth,
    PlaceLost,
    ProviderError,
    Unreadable,
)

AT_ONCE = 20  # mails in one commit: an fsync for each was most of a mail's time
AT_ONCE_BYTES = 20_000_000
BATCH = 50  # mails fetched before the changes are asked for again
POLL = timedelta(seconds=60)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Turn:
    """What a turn did; `came` are new mails, `is_over` is False while there is more to do."""

    listed: int = 0
    came: int = 0
    taken_in: int = 0
    left_out: int = 0
    set_aside: int = 0
    is_over: bool = True


@dataclass(slots=True)
class _Work:
    """A mailbox in the hands of one worker."""

    mailbox: Mailbox
    provider: MailProvider
    lease: Lease
    context: ingest.Context
    turn: Turn
    began: datetime


def sync(
    mailbox: Mailbox,
    provider: MailProvider,
    context: ingest.Context,
    owner: str,
) -> Turn | None:
    """One turn: up to BATCH mails and one page of the listing. None while another worker has it.

    What the provider refuses becomes the mailbox's state; nothing is raised for it.
    """
    turn = Turn()
    with leases.working(mailbox.id, owner) as lease:
        if lease is None:
            return None
        work = _Work(mailbox, provider, lease, context, turn, clock.now())
        try:
            _check_identity(work)
            _turn(work)
            _succeed(work)
        except ProviderError as error:
            _refused(work, error)
    return turn


def _check_identity(work: _Work) -> None:
    """Until a turn has gone well: the grant must open the mailbox it was given for."""
    if work.mailbox.state in AWAKE:
        return
    found = work.provider.identity()
    if found.address != work.mailbox.address:
        raise NeedsReauth("other_account")
    with leases.holding(work.lease):
        Mailbox.update(aliases=list(found.aliases)).where(Mailbox.id == work.mailbox.id).execute()


def _turn(work: _Work) -> None:
    stream = streams.of(work.mailbox.org_id, work.mailbox.id)
    if stream.phase is Phase.NEW:
        _begin(work, stream, streams.first_day(work.mailbox.backfill_days))
    else:
        _take_changes(work, stream)
    if not _import(work):
        _list_page(work)
        _import(work)


def _begin(work: _Work, stream: Stream, listing_from: datetime) -> None:
    place = work.provider.baseline()
    with leases.holding(work.lease):
        streams.begin(stream, place, listing_from)


def _take_changes(work: _Work, stream: Stream) -> None:
    page: str | None = stream.changes_page or None
    while True:
        try:
            found = work.provider.changes(stream.place, page)
        except PlaceLost:
            since = work.mailbox.last_ok_at or streams.first_day(work.mailbox.backfill_days)
            _begin(work, stream, since - streams.OVERLAP)
            return
        with leases.holding(work.lease):
            new = streams.note_changes(stream, found.came, found.place, found.next_page)
        work.turn.listed += new
        work.turn.came += new
        page = found.next_page
        if page is None:
            return


def _list_page(work: _Work) -> None:
    stream = streams.of(work.mailbox.org_id, work.mailbox.id)
    if stream.phase is not Phase.LISTING or stream.listing_from is None:
        return
    found = work.provider.listing(stream.listing_from, stream.listing_page or None)
    with leases.holding(work.lease):
        work.turn.listed += streams.note_listing(stream, found.ids, found.next_page, found.expected)


def _import(work: _Work) -> bool:
    """Fetch and take in what waits, BATCH at most; whether there was anything."""
    waiting = items.waiting(work.mailbox.id, BATCH)
    fetched: list[tuple[str, Fetched]] = []
    try:
        for each in work.provider.fetch(waiting):
            fetched.append(each)
            if len(fetched) == AT_ONCE or sum(map(_size_of, fetched)) > AT_ONCE_BYTES:
                _take_in(work, fetched)
                fetched = []
    except ProviderError:
        _take_in(work, fetched)  # what was had before is not fetched again
        raise
    _take_in(work, fetched)
    return bool(waiting)


def _size_of(fetched: tuple[str, Fetched]) -> int:
    return len(fetched[1].raw) if isinstance(fetched[1], FetchedMail) else 0


def _take_in(work: _Work, fetched: Sequence[tuple[str, Fetched]]) -> None:
    """Mails into the record, several in one commit; one that is poisoned takes back only itself."""
    if not fetched:
        return
    with leases.holding(work.lease):
        states = [_take_in_one(work, *each) for each in fetched]
    work.turn.taken_in += states.count(ItemState.DONE)
    work.turn.left_out += states.count(ItemState.SKIPPED)
    work.turn.set_aside += states.count(ItemState.QUARANTINED)


def _take_in_one(work: _Work, remote_id: str, fetched: Fetched) -> ItemState:
    mailbox = work.mailbox
    if fetched is None:
        return items.finish(mailbox.id, remote_id, ItemState.SKIPPED, "gone")
    if isinstance(fetched, Unreadable):
        return items.fail(mailbox.id, remote_id, type(fetched).__name__)
    try:
        with db.transaction():
            rule = ingest.take_in(mailbox, fetched, work.context)
    except ingest.POISON as error:
        log.warning("mail set back", extra={"mailbox": mailbox.id, "why": type(error).__name__})
        return items.fail(mailbox.id, remote_id, type(error).__name__)
    is_kept = rule == ingest.CAPTURED
    return items.finish(
        mailbox.id, remote_id, ItemState.DONE if is_kept else ItemState.SKIPPED, rule
    )


def _succeed(work: _Work) -> None:
    stream = streams.of(work.mailbox.org_id, work.mailbox.id)
    work.turn.is_over = stream.phase is Phase.IDLE and not items.waiting(work.mailbox.id, 1)
    with leases.holding(work.lease):
        states.succeeded(
            work.mailbox.id,
            is_filled=work.turn.is_over,
            after=pushes.poll_after(work.mailbox.id, POLL, work.began),
        )


def _refused(work: _Work, error: ProviderError) -> None:
    log.info(
        "provider refused",
        extra={"mailbox": work.mailbox.id, "what": type(error).__name__, "code": error.code},
    )
    work.turn.is_over = True
    with leases.holding(work.lease):
        if isinstance(error, NeedsReauth | NeedsAdmin):
            states.needs_person(work.mailbox.id, error)
        else:
            states.delayed(work.mailbox.id, error)
