"""Running loop tests in the worker: each claimed by one, who takes its token out of the safe."""

import logging
from threading import Event

from backend import db
from backend.access.safe import Owner, Safe
from backend.capture import loop
from backend.capture.loop import Post, Stopped, Walk, Way
from backend.models import loop_tests
from backend.models.loop_tests import LoopState, LoopTest, Note, Step
from backend.models.mailboxes import Connection
from backend.providers.gmail_post import GmailPost
from backend.providers.graph_post import GraphPost
from backend.providers.vault import Unopened
from backend.settings import Settings

TOKEN = "access_token"  # noqa: S105 (the name of one)
REST_S = 1.0

log = logging.getLogger(__name__)


class LoopRunner:
    """One worker's loop tests."""

    def __init__(self, settings: Settings, safe: Safe, way: Way | None = None) -> None:
        self._settings = settings
        self._safe = safe
        self._way = way or Way()

    def run(self, stop: Event) -> None:
        """Work until told to stop; a look that found nothing is followed by a rest."""
        while not stop.is_set():
            try:
                has_run = self.step(stop)
            except db.AWAY:
                log.warning("the database does not answer; loop tests wait")
                has_run = False
            if not has_run:
                stop.wait(REST_S)

    def step(self, stop: Event) -> bool:
        """Run the test that is due, if there is one; whether there was."""
        with db.connection():
            for each in loop_tests.lost():
                self._give_up(each, "interrupted")
            test = loop_tests.claim()
            token = self._token_of(test) if test else None
        if test is None:
            return False
        if token is None:
            with db.connection():
                self._give_up(test, "interrupted")
            return True
        self._walk(test, token, stop)
        return True

    def _token_of(self, test: LoopTest) -> str | None:
        """The test's token, None where there is none that opens; it lies nowhere from now on."""
        try:
            return self._safe.get(owner(test), TOKEN)
        except Unopened:
            return None
        finally:
            self._safe.drop(owner(test))

    def _walk(self, test: LoopTest, token: str, stop: Event) -> None:
        walk = Walk(test, self._post(test, token), self._settings, self._way, stop)
        try:
            is_well = loop.run(walk)
        except Stopped:
            with db.connection():
                self._give_up(test, "interrupted")
            return
        if is_well:
            with db.connection():
                _tell_connection(test)
        log.info("loop test ended", extra={"loop_test": test.id, "state": test.state})

    def _post(self, test: LoopTest, token: str) -> Post:
        settings = self._settings
        with db.connection():
            provider = Connection.get_by_id(test.connection_id).provider
        if provider == "google":
            return GmailPost(settings.google_gmail_endpoint, token)
        return GraphPost(settings.graph_url, token, settings.provider_ca)

    def _give_up(self, test: LoopTest, cause: str) -> None:
        self._safe.drop(owner(test))
        last = test.notes[-1].step if test.notes else Step.STAMP
        test.note(Note(last, "bad", cause))
        test.end(LoopState.FAILED)


def owner(test: LoopTest) -> Owner:
    """Whose the test's access token is."""
    return Owner(test.org_id, "loop_test", test.id)


def _tell_connection(test: LoopTest) -> None:
    connection = Connection.get_by_id(test.connection_id)
    assert test.finished_at
    connection.detail = {**connection.detail, "loop_at": test.finished_at.isoformat()}
    connection.save(only=[Connection.detail])
