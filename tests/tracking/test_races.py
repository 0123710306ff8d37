"""What happens to a mail while the drain takes in a hit on it, on both engines."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

from backend import db
from backend.tracking.drafts import Stamped
from tests.waiting import wait_until
from tests.world import NOON, World, hit, record


@contextmanager
def before(work: Callable[[], object]) -> Iterator[None]:
    """A transaction of ours, at whose end `work` waits for it on a connection of its own."""

    def do() -> None:
        with db.connection(), db.transaction():
            work()

    thread = Thread(target=do)
    try:
        with db.transaction():
            yield
            thread.start()
            if db.is_postgres():  # SQLite lets nobody else begin
                wait_until(somebody_waits, what="the other one waits for our lock")
    finally:
        thread.join()


def somebody_waits() -> bool:
    """Whether another connection waits for a lock that ours holds."""
    is_ours = "pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    return db.one(f"SELECT 1 FROM pg_locks WHERE NOT granted AND {is_ours}") is not None


def counted(world: World, stamped: Stamped) -> tuple[int, int]:
    """How many opens the mail's counters and its engagements tell of."""
    told = [row["is_counted"] for row in world.engagements(stamped)]
    return world.message(stamped).opens_total, sum(told)


def test_an_open_that_meets_the_confirmation_of_its_send_is_judged_by_it(world: World) -> None:
    stamped = world.stamp()

    with before(lambda: record(hit(world.open_token(stamped)))):
        world.confirm(stamped, NOON)

    assert counted(world, stamped) == (1, 1)
