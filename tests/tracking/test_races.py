"""What happens to a mail while the drain takes in a hit on it, on both engines."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

from backend import db
from backend.capture import purging
from backend.drain import taking
from backend.models.mail import Stamp
from backend.tracking.drafts import Channel, Stamped
from backend.tracking.merging import merge
from backend.tracking.targets import targets_of
from tests.waiting import wait_until
from tests.world import NOON, World, hit, record


@contextmanager
def before(
    work: Callable[[], object], meanwhile: Callable[[], object] = lambda: None
) -> Iterator[None]:
    """A transaction of ours, at whose end `work` waits for it on a connection of its own.

    What is to be done `meanwhile` is done when it waits.
    """

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
            meanwhile()
    finally:
        thread.join()


def somebody_waits() -> bool:
    """Whether another connection waits for a lock that ours holds."""
    is_ours = "pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    return db.one(f"SELECT 1 FROM pg_locks WHERE NOT granted AND {is_ours}") is not None


def armed(world: World, name: str) -> tuple[Stamp, str]:
    """A stamp that waits for its mail, and the token of its pixel."""
    stamped = world.stamp(channel=Channel.GMAIL, html=None, compose_id=name)
    return Stamp.get_by_id(stamped.id), world.open_token(stamped)


def counted(world: World, stamped: Stamped | Stamp) -> tuple[int, int]:
    """How many opens the mail's counters and its engagements tell of."""
    told = [row["is_counted"] for row in world.engagements(stamped)]
    return world.message(stamped).opens_total, sum(told)


def test_an_open_that_meets_the_confirmation_of_its_send_is_judged_by_it(world: World) -> None:
    stamped = world.stamp()

    with before(lambda: record(hit(world.open_token(stamped)))):
        world.confirm(stamped, NOON)

    assert counted(world, stamped) == (1, 1)


def test_an_open_of_a_stamp_that_is_merged_meanwhile_counts_for_the_kept_one(world: World) -> None:
    (kept, _), (other, pixel) = armed(world, "one"), armed(world, "two")
    world.confirm(kept, NOON)

    with before(lambda: record(hit(pixel))):
        merge(kept, [other])

    assert counted(world, kept) == (1, 1)


def test_an_open_whose_target_was_read_before_the_merge_counts_for_the_kept_one(
    world: World,
) -> None:
    (kept, own), (other, pixel) = armed(world, "one"), armed(world, "two")
    world.confirm(kept, NOON)
    hits = [hit(own), hit(pixel, after=600)]
    targets = targets_of(hits)
    merge(kept, [other])

    with db.transaction():
        taking.take(hits, targets)

    assert counted(world, kept) == (2, 2)
    assert db.rows("SELECT reason FROM set_aside_hit") == []


def test_a_drain_that_looks_for_a_merged_stamp_holds_nothing_while_it_waits(world: World) -> None:
    if not db.is_postgres():
        return  # nobody else has anything there
    (kept, _), (other, pixel) = armed(world, "one"), armed(world, "two")
    later = world.send()
    hits = [hit(pixel), hit(world.open_token(later))]
    targets = targets_of(hits)
    merge(kept, [other])
    lock = "SELECT id FROM email_message WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED"
    free: list[db.Row] = []

    with before(
        lambda: taking.take(hits, targets),
        meanwhile=lambda: free.extend(db.rows(lock, [world.message(later).id])),
    ):
        db.rows(lock, [kept.message_id])

    assert len(free) == 1  # else two of them could wait for each other in a ring


def test_an_open_taken_in_while_a_merge_begins_moves_along(world: World) -> None:
    (kept, _), (other, pixel) = armed(world, "one"), armed(world, "two")
    world.confirm(kept, NOON)

    with before(lambda: merge(kept, [other])):
        record(hit(pixel))

    assert counted(world, kept) == (1, 1)
    assert db.rows("SELECT stamp_id FROM hit") == [(kept.id,)]


def test_nothing_is_left_of_an_open_taken_in_while_its_mail_is_erased(world: World) -> None:
    stamped = world.send()
    message_id = world.message(stamped).id

    with before(lambda: purging.purge([message_id])):
        record(hit(world.open_token(stamped)))

    assert db.rows("SELECT id FROM hit UNION SELECT id FROM engagement") == []


def test_an_open_of_a_mail_that_is_erased_meanwhile_leaves_nothing(world: World) -> None:
    stamped, other = world.send(), world.send()

    opens = [hit(world.open_token(mail)) for mail in (stamped, other)]

    with before(lambda: record(*opens)):
        purging.purge([world.message(stamped).id])

    assert counted(world, other) == (1, 1)
    assert db.rows("SELECT stamp_id FROM hit") == [(other.id,)]
