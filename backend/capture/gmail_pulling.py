"""Pulling Gmail's notices, for organisations whose Telltale nobody can call from outside.

What is pulled marks mailboxes as due and is acknowledged after that was written. Where pulling
fails the organisation's row says why; its mailboxes are looked at as if nobody told of them.
"""

import logging
from collections.abc import Set
from datetime import datetime, timedelta
from threading import Event

from backend import clock, db
from backend.access.grants import Grants
from backend.access.safe import Safe
from backend.capture import gmail_notices, states
from backend.models.gmail_notices import GmailNotices, Mode, of_mode
from backend.providers.google_calls import credentials_by
from backend.providers.kept import Access
from backend.providers.mail import ProviderError
from backend.providers.pubsub import Pulled, Subscription
from backend.settings import Settings

REST_S = 3.0
RETRY = timedelta(minutes=1)

_Key = tuple[str, datetime]  # a row as it was saved: one that is changed is tried at once

log = logging.getLogger(__name__)


class Puller:
    """One worker's pulling; with several workers Pub/Sub gives each message to one of them."""

    def __init__(self, settings: Settings, safe: Safe) -> None:
        self._settings = settings
        self._grants = Grants(settings, safe)
        self._opened: dict[_Key, Subscription] = {}
        self._not_before: dict[_Key, datetime] = {}

    def run(self, stop: Event) -> None:
        """Pull until told to stop; where nothing came a rest follows."""
        try:
            while not stop.is_set():
                try:
                    something = self.step() > 0
                except db.AWAY:
                    log.warning("the database does not answer; notices wait")
                    something = False
                if not something:
                    stop.wait(REST_S)
        finally:
            self._close_all_but(frozenset())

    def step(self) -> int:
        """Pull once for each organisation whose turn it is; how many messages came."""
        with db.connection():
            pulling = {(each.id, each.updated_at): each for each in of_mode(Mode.PULL)}
        self._close_all_but(pulling.keys())
        now = clock.now()
        due = [key for key in pulling if self._not_before.get(key, now) <= now]
        return sum(self._pull(key, pulling[key]) for key in due)

    def _pull(self, key: _Key, notices: GmailNotices) -> int:
        """No connection to the database is held while Pub/Sub is asked."""
        try:
            if key not in self._opened:
                self._opened[key] = self._open(notices)
            pulled = self._opened[key].pull()
            self._take(notices, pulled)
            if pulled.receipts:
                self._opened[key].acknowledge(pulled)
            return len(pulled.messages)
        except ProviderError as error:
            log.info("notices not pulled", extra={"org": notices.org_id, "code": error.code})
            self._not_before[key] = clock.now() + states.pause_after(error, RETRY, RETRY)
            _note(notices, error.code or "refused")
            return 0

    def _open(self, notices: GmailNotices) -> Subscription:
        def access(_anew: bool) -> Access:
            with db.connection():
                return self._grants.pulling(notices)

        endpoint = self._settings.google_pubsub_endpoint
        return Subscription(notices.subscription, credentials_by(access), endpoint)

    def _take(self, notices: GmailNotices, pulled: Pulled) -> None:
        if notices.reason:
            _note(notices, "")
        if pulled.messages:
            with db.connection(), db.transaction():
                gmail_notices.take(notices, pulled.messages)

    def _close_all_but(self, kept: Set[_Key]) -> None:
        for key in self._opened.keys() - kept:
            self._opened.pop(key).close()
        self._not_before = {k: at for k, at in self._not_before.items() if k in kept}


def _note(notices: GmailNotices, reason: str) -> None:
    if reason != notices.reason:
        with db.connection():
            GmailNotices.update(reason=reason).where(GmailNotices.id == notices.id).execute()
