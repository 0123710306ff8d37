"""The worker: huey's periodic tasks keep the house; loops beside it run imports and mailboxes.

Huey is at most once, so the tables are the truth and every task may run twice or not at all today.
An import is no task of huey's, whose tick is a minute: somebody sits in front of it.
"""

import logging
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread

from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.consumer_options import ConsumerConfig

from backend import clock, db
from backend.access import coverage, flows, tries
from backend.access.safe import Safe
from backend.capture import pushes, warning_letters
from backend.capture.gmail_pulling import Puller
from backend.capture.loop_runs import LoopRunner
from backend.capture.running import Runner
from backend.models import loop_tests, provider_use
from backend.models.organisation_grants import OrganisationGrant
from backend.models.schema import add_partitions
from backend.people import job_runs, jobs
from backend.privacy import removing
from backend.providers.vault import open_vault
from backend.relay import ledger
from backend.settings import Settings
from backend.tracking import mail_index
from backend.tracking.policy import policy_of

AGENT_TEXT_LIFE = timedelta(days=30)  # decision 0011; parsed facts stay

INDEXED_AT_ONCE = 50_000  # mails, so that a large table leaves the task's minute to others

STOP_S = 10.0  # the supervisor waits 15 s for a child

log = logging.getLogger(__name__)


def make_queue(settings: Settings) -> Huey:
    """The queue with its periodic tasks, on Redis where REDIS_URL is set, else in a SQLite file."""
    if settings.redis_url:
        queue: Huey = RedisHuey("telltale", url=settings.redis_url)
    else:
        queue = SqliteHuey("telltale", filename=str(settings.data_dir / "queue.db"))

    folder = jobs.folder_of(settings.data_dir)
    queue.periodic_task(crontab(minute="17"), name="keep-house")(lambda: keep_house(folder))
    queue.periodic_task(crontab(), name="index-mail")(index_mail)
    queue.periodic_task(crontab(), name="tell-needs")(lambda: warning_letters.tell(settings))
    queue.periodic_task(crontab(), name="cover-mailboxes")(cover_mailboxes)
    return queue


def keep_house(imports: Path) -> dict[str, int]:
    """Forget user agents older than 30 days, drop dead sessions, make next months' partitions.

    Imports of people that are long over go with their files in the folder `imports`.
    """
    with db.connection():
        now = clock.now()
        done = {
            "agents": db.execute(
                "UPDATE agent SET text = NULL WHERE text IS NOT NULL AND seen_at < %s",
                [now - AGENT_TEXT_LIFE],
            ),
            "sessions": db.execute("DELETE FROM session WHERE expires_at < %s", [clock.wall()]),
            "signin_links": db.execute(
                "DELETE FROM signin_link WHERE expires_at < %s", [clock.wall()]
            ),
            "imports": jobs.tidy(imports),
            "tries": tries.forget_old(),
            "acceptances": ledger.forget_old(),
            "flows": flows.forget_old(),
            "push_events": pushes.forget_old(),
            "loop_tests": loop_tests.forget_old(),
            "provider_use": provider_use.forget_old(),
            "partitions": len(add_partitions(now)),
        }
    log.info("kept house", extra=done)
    return done


def index_mail() -> int:
    """Write the words of mails that are new or changed, for the search; how many it were."""
    written = 0
    with db.connection():
        while written < INDEXED_AT_ONCE and (batch := mail_index.write()):
            written += batch
    return written


def cover_mailboxes() -> int:
    """Keep up with who came and who left, where an organisation opens the mailboxes; how many."""
    with db.connection():
        return sum(
            coverage.keep_up(each, policy_of(each.org_id).sharing)
            for each in OrganisationGrant.select()
        )


def run(settings: Settings) -> int:
    """Consume until a signal comes; returns the exit code."""
    db.open_store(settings)
    folder = jobs.folder_of(settings.data_dir)
    keep_house(folder)
    queue = make_queue(settings)
    options = ConsumerConfig(workers=2, periodic=True, verbose=False)
    options.validate()
    safe = Safe(open_vault(settings))
    loops = (
        ("imports", partial(job_runs.run_all, folder)),
        ("mailboxes", Runner(settings, safe).run),
        ("gmail notices", Puller(settings, safe).run),
        ("loop tests", LoopRunner(settings, safe).run),
        ("erasures", removing.run),
    )
    with ExitStack() as stack:
        for name, loop in loops:
            stack.enter_context(_beside(name, loop))
        queue.create_consumer(**options.values).run()
    return 0


@contextmanager
def _beside(name: str, work: Callable[[Event], None]) -> Iterator[None]:
    """Run `work` in a thread of its own; at the end it stops behind what it has in hand."""
    stop = Event()

    def loop() -> None:
        try:
            work(stop)
        finally:
            if not stop.is_set():  # a fault of ours: end the worker, so that it is started anew
                os.kill(os.getpid(), signal.SIGINT)

    runner = Thread(target=loop, name=name, daemon=True)
    runner.start()
    try:
        yield
    finally:
        stop.set()
        runner.join(STOP_S)
