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

# Mails fetched before the changes are asked for again, and written in one commit: statements and
# an fsync for each were most of a mail's time. Less where they are large, or come slowly.
BATCH = 50
AT_ONCE_BYTES = 20_000_000
KEPT_WAITING = timedelta(seconds=15)  # a quarter of a lease's life
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
        now = states.wanted(mailbox.id)
        if now is None:
            return turn
        work = _Work(now, provider, lease, context, turn, clock.now())
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
            _begin(work, stream, _untold_from(work.mailbox, stream))
            return
        except Unreadable:
            if page is not None:  # its token may have grown old
                with leases.holding(work.lease):
                    streams.forget_page(stream)
            raise
        with leases.holding(work.lease):
            new = streams.note_changes(stream, found.came, found.place, found.next_page)
        work.turn.listed += new
        work.turn.came += new
        page = found.next_page
        if page is None:
            return


def _untold_from(mailbox: Mailbox, stream: Stream) -> datetime:
    """From when on to list where changes are no longer told: not less than was to be listed."""
    last = mailbox.last_ok_at or streams.first_day(mailbox.backfill_days)
    listed_from = stream.listing_from if stream.phase is Phase.LISTING else None
    return min(last - streams.OVERLAP, listed_from or last)


def _list_page(work: _Work) -> None:
    stream = streams.of(work.mailbox.org_id, work.mailbox.id)
    if stream.phase is not Phase.LISTING or stream.listing_from is None:
        return
    try:
        found = work.provider.listing(stream.listing_from, stream.listing_page or None)
    except (PlaceLost, Unreadable):
        if stream.listing_page:  # its token may have grown old: all pages anew
            with leases.holding(work.lease):
                streams.list_anew(stream)
        raise
    with leases.holding(work.lease):
        work.turn.listed += streams.note_listing(stream, found.ids, found.next_page, found.expected)


def _import(work: _Work) -> bool:
    """Fetch and take in what waits, BATCH at most; whether there was anything."""
    waiting = items.waiting(work.mailbox.id, BATCH)
    fetched: list[tuple[str, Fetched]] = []
    written_at = clock.wall()
    try:
        for each in work.provider.fetch(waiting):
            fetched.append(each)
            is_late = clock.wall() - written_at > KEPT_WAITING
            if is_late or sum(map(_size_of, fetched)) > AT_ONCE_BYTES:
                _take_in(work, fetched)
                fetched, written_at = [], clock.wall()
    except ProviderError:
        _take_in(work, fetched)  # what was had before is not fetched again
        raise
    _take_in(work, fetched)
    return bool(waiting)


def _size_of(fetched: tuple[str, Fetched]) -> int:
    return len(fetched[1].raw) if isinstance(fetched[1], FetchedMail) else 0


def _take_in(work: _Work, fetched: Sequence[tuple[str, Fetched]]) -> None:
    """Mails into the record, all in one commit; one that is poisoned takes back only itself."""
    if not fetched:
        return
    reasons = {remote_id: "gone" for remote_id, each in fetched if each is None}
    mails = [each for _, each in fetched if isinstance(each, FetchedMail)]
    with leases.holding(work.lease):
        for remote_id, each in fetched:
            if isinstance(each, Unreadable):
                _set_back(work, remote_id, each)
        reasons |= _into_the_record(work, mails)
        items.finish(work.mailbox.id, reasons)
    taken = list(reasons.values()).count(items.CAPTURED)
    work.turn.taken_in += taken
    work.turn.left_out += len(reasons) - taken


def _into_the_record(work: _Work, mails: Sequence[FetchedMail]) -> dict[str, str]:
    """By id what became of these mails; where one of several is poisoned each is tried alone."""
    if not mails:
        return {}
    try:
        with db.transaction():
            rules = ingest.take_in(work.mailbox, mails, work.context)
    except ingest.POISON as error:
        if len(mails) == 1:
            _set_back(work, mails[0].provider_id, error)
            return {}
        alone = (_into_the_record(work, [each]) for each in mails)
        return {remote_id: rule for each in alone for remote_id, rule in each.items()}
    return {each.provider_id: rule for each, rule in zip(mails, rules, strict=True)}


def _set_back(work: _Work, remote_id: str, error: Exception) -> None:
    why = ": ".join(filter(None, (type(error).__name__, getattr(error, "code", ""))))
    log.warning("mail set back", extra={"mailbox": work.mailbox.id, "why": why})
    if items.fail(work.mailbox.id, remote_id, why) is ItemState.QUARANTINED:
        work.turn.set_aside += 1


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
