"""Judging the past anew: what a dry run says is what the real run does."""

from collections.abc import Callable, Iterator

import pytest

from backend import db
from backend.tracking import hits, reclassify
from backend.tracking.drafts import Stamped
from backend.tracking.ledger import Change
from tests.world import APPLE_MPP, CHROME, GMAIL_PROXY, OUTLOOK, World, hit, record

AGENTS = (OUTLOOK, GMAIL_PROXY, APPLE_MPP, CHROME)


@pytest.fixture
def mails(world: World) -> list[Stamped]:
    """Some mails with hits of all kinds."""
    stamped = [world.send() for _ in range(5)]
    for each in stamped:
        token = world.open_token(each)
        record(*(hit(token, after=61 * n, user_agent=AGENTS[n % 4]) for n in range(1, 9)))
    return stamped


@pytest.fixture
def forget_agents() -> Iterator[Callable[[], None]]:
    """Makes this process know no more of agents than one that has just started."""

    def forget() -> None:
        hits._agent_of_text.cache_clear()
        hits._agents.clear()

    yield forget
    forget()


def spoil() -> None:
    """Make the table say what other rules might have said."""
    db.execute(
        "UPDATE engagement SET verdict = 'scanner', is_counted = FALSE WHERE verdict = 'human'"
    )
    db.execute("UPDATE email_message SET opens_total = 0, open_count = 0, is_opened = FALSE")


def everything_stored() -> list[list[db.Row]]:
    tables = ("engagement", "email_message", '"user"', "hit", "stamp", "agent")
    return [db.rows(f"SELECT * FROM {table} ORDER BY id") for table in tables]


def run(*, is_dry_run: bool = False) -> tuple[Change, list[int]]:
    told = list[int]()
    return reclassify.everything(is_dry_run=is_dry_run, tell=told.append), told


def feed_version(world: World) -> int:
    ((version,),) = db.rows('SELECT feed_version FROM "user" WHERE id = %s', [world.alice.id])
    return int(version)


def test_with_the_same_rules_nothing_changes(world: World, mails: list[Stamped]) -> None:
    before = everything_stored()

    change, told = run()

    assert (change, told) == (Change(), [5])
    assert everything_stored() == before
    assert reclassify.mails() == 5


def test_a_dry_run_tells_the_difference_and_changes_nothing(
    world: World, mails: list[Stamped]
) -> None:
    spoil()
    before = everything_stored()

    dry, _ = run(is_dry_run=True)
    after_dry = everything_stored()
    real, _ = run()

    assert after_dry == before
    assert dry == real
    assert dry.updated > 0
    assert dry.verdicts == {("scanner", "human"): dry.updated}


def test_counters_and_the_feeds_version_follow(world: World, mails: list[Stamped]) -> None:
    before = [world.message(each).__data__ for each in mails]
    spoil()
    version = feed_version(world)

    run()

    assert [world.message(each).__data__ for each in mails] == before
    assert feed_version(world) > version


def test_an_interrupted_run_keeps_whole_mails_and_can_start_again(
    world: World, mails: list[Stamped]
) -> None:
    spoil()

    class Interrupted(Exception):
        pass

    def interrupt(done: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        reclassify.everything(is_dry_run=False, tell=interrupt, chunk=2)
    left, _ = run(is_dry_run=True)
    first, _ = run()
    second, _ = run()

    assert first == left
    assert first.updated > 0
    assert second == Change()
    assert world.message(mails[0]).opens_total == world.message(mails[4]).opens_total > 0


def test_mails_without_any_hit_are_gone_through_too(world: World) -> None:
    world.stamp()

    assert run() == (Change(), [1])


def test_in_chunks_of_any_size_every_mail_has_its_turn(world: World, mails: list[Stamped]) -> None:
    spoil()
    dry = [
        reclassify.everything(is_dry_run=True, tell=list[int]().append, chunk=size)
        for size in (1, 2, 5, 9)
    ]

    assert dry[0].updated > 0
    assert all(each == dry[0] for each in dry)


def test_hits_whose_agent_text_is_gone_are_judged_by_what_was_read_from_it(
    world: World, mails: list[Stamped], forget_agents: Callable[[], None]
) -> None:
    before = [world.engagements(each) for each in mails]
    db.execute("UPDATE agent SET text = NULL")
    forget_agents()
    spoil()

    run()

    assert [world.engagements(each) for each in mails] == before


def test_hits_whose_agent_text_is_there_are_read_by_todays_signatures(
    world: World, mails: list[Stamped], forget_agents: Callable[[], None]
) -> None:
    before = [world.engagements(each) for each in mails]
    # As older signatures, that knew no client yet, had left them.
    db.execute(
        "UPDATE agent SET facts = (SELECT b.facts FROM agent b WHERE b.text = %s) WHERE text = %s",
        [CHROME, OUTLOOK],
    )
    spoil()
    forget_agents()

    run()

    assert [world.engagements(each) for each in mails] == before
