"""What is written down of a hit that cannot be taken in."""

from backend import db
from backend.drain.taking import HIT_MAX, printable, take
from backend.tracking.targets import targets_of
from tests.world import hit


def test_one_that_comes_again_is_set_aside_once(world):
    stamped = world.send()
    bad = hit(world.open_token(stamped), user_agent=None)
    good = hit(world.open_token(stamped), after=120)

    for _ in range(2):
        take([bad, good], targets_of([bad, good]))

    assert db.one("SELECT count(*) FROM set_aside_hit") == (1,)
    assert db.one("SELECT count(*) FROM hit") == (1,)


def test_what_is_kept_of_it_fits_every_engine():
    told = printable("\0\ud800é" + "x" * 2 * HIT_MAX)

    assert told.isascii()
    assert "\0" not in told
    assert len(told) <= 2 * HIT_MAX
