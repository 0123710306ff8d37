"""The worker: a huey consumer whose periodic tasks keep the house.

Huey is at most once, so the tables are the truth and every task may run twice or not at all today.
"""

import logging
from datetime import timedelta

from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.consumer_options import ConsumerConfig

from backend import clock, db
from backend.models.schema import add_partitions
from backend.settings import Settings

AGENT_TEXT_LIFE = timedelta(days=30)  # tracking.md section 5; parsed facts stay

log = logging.getLogger(__name__)


def make_queue(settings: Settings) -> Huey:
    """The queue with its periodic tasks, on Redis where REDIS_URL is set, else in a SQLite file."""
    if settings.redis_url:
        queue: Huey = RedisHuey("telltale", url=settings.redis_url)
    else:
        queue = SqliteHuey("telltale", filename=str(settings.data_dir / "queue.db"))

    queue.periodic_task(crontab(minute="17"), name="keep-house")(keep_house)
    return queue


def keep_house() -> dict[str, int]:
    """Forget user agents older than 30 days, drop dead sessions, make next months' partitions."""
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
            "partitions": len(add_partitions(now)),
        }
    log.info("kept house", extra=done)
    return done


def run(settings: Settings) -> int:
    """Consume until a signal comes; returns the exit code."""
    db.open_store(settings)
    keep_house()
    queue = make_queue(settings)
    options = ConsumerConfig(workers=2, periodic=True, verbose=False)
    options.validate()
    queue.create_consumer(**options.values).run()
    return 0
