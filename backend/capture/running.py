"""Which mailbox is worked on next, with the provider that its grant opens.

The tables are the truth: a mailbox that is due is taken up by whichever worker comes first. Between
two turns of one mailbox every other that is due has its own, so a long back-fill holds up nobody.
"""

import logging
import os
from threading import Event

from backend import clock, db
from backend.access.grants import Grants
from backend.access.safe import Safe
from backend.capture import (
    calendar_sync,
    contacts_sync,
    erasing,
    exclusions,
    matching,
    opening,
    pushes,
    reconcile,
    recording,
    retention,
    side_streams,
    states,
    sync,
    unsubscribing,
)
from backend.capture.ingest import Context
from backend.capture.limits import limits_of
from backend.capture.opening import Opened
from backend.capture.sync import Turn
from backend.models import provider_use
from backend.models.mailboxes import CONTACTS, Mailbox
from backend.providers.counting import counting
from backend.providers.mail import ProviderError
from backend.settings import Settings
from backend.tracking.tokens import TokenKeys

AT_ONCE = 20  # mailboxes looked up as due
REST_S = 2.0

log = logging.getLogger(__name__)


class Runner:
    """One worker's mailboxes."""

    def __init__(self, settings: Settings, safe: Safe) -> None:
        self._settings = settings
        self._grants = Grants(settings, safe)
        self._context = Context(TokenKeys(settings.secret), limits_of)
        self.name = f"{os.uname().nodename}:{os.getpid()}"

    def run(self, stop: Event) -> None:
        """Work until told to stop; a step that found nothing is followed by a rest."""
        while not stop.is_set():
            try:
                with db.connection():
                    worked = self.step() + exclusions.purge_step() + erasing.step()
                    worked += retention.step() + recording.step() + self.end_notices()
                    matching.rematch_changed()
            except db.AWAY:
                log.warning("the database does not answer; mailboxes wait")
                worked = 0
            if not worked:
                stop.wait(REST_S)

    def step(self) -> int:
        """One turn of each mailbox that is due; how many there were."""
        due = states.due(AT_ONCE)
        for mailbox_id in due:
            mailbox = Mailbox.get_or_none(Mailbox.id == mailbox_id)
            if mailbox is not None:
                self.turn(mailbox)
        return len(due)

    def turn(self, mailbox: Mailbox) -> Turn | None:
        """One turn of this mailbox; None where another worker has it, or it cannot be opened."""
        try:
            opened = self.open(mailbox)
        except ProviderError as error:
            with db.transaction():
                states.needs_person(mailbox.id, error)
            return None
        with counting() as count:
            try:
                return self._synced(mailbox, opened)
            finally:
                opened.close()
                provider_use.note(mailbox.id, count.calls)

    def end_notices(self) -> int:
        """End the subscriptions that nobody wants any more; how many mailboxes had some."""
        due = unsubscribing.due(AT_ONCE)
        for mailbox_id in due:
            mailbox = Mailbox.get_or_none(Mailbox.id == mailbox_id)
            if mailbox is None:  # erased meanwhile, and its subscriptions with it
                continue
            try:
                opened = self.open(mailbox)
            except ProviderError:
                unsubscribing.give_up(mailbox_id)
                continue
            try:
                if opened.push is None:
                    unsubscribing.give_up(mailbox_id)
                else:
                    unsubscribing.end(mailbox, opened.push)
            finally:
                opened.close()
        return len(due)

    def _synced(self, mailbox: Mailbox, opened: Opened) -> Turn | None:
        turn = sync.sync(mailbox, opened.provider, self._context, self.name)
        if turn is not None and turn.is_over and states.is_awake(mailbox.id):
            self._count(mailbox, opened)
        if turn is not None:
            self._sync_beside(mailbox, opened)
        if turn is not None and opened.push and states.is_awake(mailbox.id):
            pushes.looked(mailbox, turn.came)
            pushes.keep(mailbox, opened.push)
        return turn

    def _sync_beside(self, mailbox: Mailbox, opened: Opened) -> None:
        """Its calendar and its address book, where they are open and due."""
        limits_of = self._context.limits_of
        if opened.calendar and side_streams.is_due(mailbox, calendar_sync.KIND):
            calendar_sync.sync(mailbox, opened.calendar, limits_of, self.name)
        if opened.contacts and side_streams.is_due(mailbox, CONTACTS):
            contacts_sync.sync(mailbox, opened.contacts, limits_of, self.name)

    def _count(self, mailbox: Mailbox, opened: Opened) -> None:
        """Settle the last count of what is missing; at night count anew, and fetch it at once."""
        reconcile.settle(mailbox.id)
        if not reconcile.is_wanted(mailbox, clock.now()):
            return
        try:
            tally = reconcile.compare(mailbox, opened.provider, self.name)
        except ProviderError as error:
            log.info("not counted", extra={"mailbox": mailbox.id, "code": error.code})
            return
        if tally is not None and tally.missing:
            states.hasten(mailbox.id)

    def open(self, mailbox: Mailbox) -> Opened:
        """The provider that the mailbox's grant opens. Raises NeedsReauth without one."""
        return opening.open_mailbox(mailbox, self._grants, self._settings)
