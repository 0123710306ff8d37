"""Every link gets into the edge's book, in whatever order links are committed and pulled."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from backend import db
from backend.tracking.linkbook import Link, LinkBook
from backend.tracking.linkpull import BEGINNING, CHUNK, FULL_EVERY, MOST_CHUNKS, LinkPull, target_of
from backend.tracking.tokens import quarter_of_token
from tests.world import NOON, World

SECOND = timedelta(seconds=1)
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def book(folder: Path) -> Iterator[LinkBook]:
    opened = LinkBook(folder / "links.db")
    yield opened
    opened.close()


def make(count: int, at: datetime, seed: int = 0) -> list[str]:
    """Commit that many links of one moment; their tokens."""
    draw = random.Random(f"{at} {seed}")
    tokens = ["".join(draw.choices(ALPHABET, k=32)) for _ in range(count)]
    rows = [(token, f"https://example.com/{token}", at) for token in tokens]
    with db.transaction():
        db.insert_rows("link_target", ("token", "url", "created_at"), rows)
    return tokens


def pulling(book: LinkBook, folder: Path, chunk: int = CHUNK) -> LinkPull:
    """A drain that has just started."""
    return LinkPull(book, folder / "links.mark", chunk)


def test_the_book_holds_what_each_link_leads_to_and_its_quarter(
    world: World, book: LinkBook, folder: Path
) -> None:
    stamped = world.stamp()
    token = world.click_token(stamped)

    pulled = pulling(book, folder).pull(NOON)

    assert (pulled, book.count()) == (1, 1)
    assert book.get(token) == target_of(token) == "https://example.com/a"
    ((quarter,),) = book._db.execute("SELECT quarter FROM link").fetchall()
    assert quarter == quarter_of_token(token)


def test_an_unknown_link_leads_nowhere(world: World) -> None:
    assert target_of("a" * 32) is None


@pytest.mark.req("R30")
def test_a_link_outlives_its_mail(world: World, book: LinkBook, folder: Path) -> None:
    stamped = world.send()
    token = world.click_token(stamped)
    db.execute("DELETE FROM stamp WHERE id = %s", [stamped.id])
    db.execute("DELETE FROM email_message")

    pulling(book, folder).pull(NOON)

    assert db.rows("SELECT * FROM tracked_link") == []
    assert book.get(token) == target_of(token) == "https://example.com/a"


@pytest.mark.parametrize("count", [99, 100, 101, 205, 1_000])
def test_many_links_of_one_moment_are_pulled_to_the_last(
    world: World, book: LinkBook, folder: Path, count: int
) -> None:
    make(count, NOON)

    pull = pulling(book, folder, 100)
    pulled = pull.pull(NOON) + pull.pull(NOON)

    assert pulled == count == book.count()


def test_a_link_committed_late_is_pulled_although_its_time_has_passed(
    world: World, book: LinkBook, folder: Path
) -> None:
    pull = pulling(book, folder)
    make(1, NOON)
    pull.pull(NOON + SECOND)

    (late,) = make(1, NOON - 240 * SECOND)  # it took four minutes to commit
    soon = pull.pull(NOON + 2 * SECOND)
    later = pull.pull(NOON + 31 * SECOND)

    assert (soon, later) == (0, 1)
    assert book.get(late)


def test_a_link_committed_seconds_late_is_pulled_at_once(
    world: World, book: LinkBook, folder: Path
) -> None:
    pull = pulling(book, folder)
    pull.pull(NOON)
    pull.pull(NOON + SECOND)
    (late,) = make(1, NOON - 5 * SECOND)

    pull.pull(NOON + 2 * SECOND)

    assert book.get(late)


def test_what_no_overlap_can_catch_is_found_within_a_day(
    world: World, book: LinkBook, folder: Path
) -> None:
    pull = pulling(book, folder)
    make(3, NOON)
    pull.pull(NOON)
    (lost,) = make(1, NOON - 3600 * SECOND)
    before = [pull.pull(NOON + hours * 3600 * SECOND) for hours in range(1, 24)]

    found = pull.pull(NOON + FULL_EVERY)

    assert (sum(before), found) == (0, 1)
    assert book.get(lost)


def test_the_daily_comparison_is_not_forgotten_over_restarts(
    world: World, book: LinkBook, folder: Path
) -> None:
    make(3, NOON)
    pulling(book, folder).pull(NOON)
    (lost,) = make(1, NOON - 3600 * SECOND)

    for hours in range(1, 25):
        pulling(book, folder).pull(NOON + hours * 3600 * SECOND)

    assert book.get(lost)


def test_a_comparison_gives_hits_their_turn_between_its_chunks(
    world: World, book: LinkBook, folder: Path
) -> None:
    make(300, NOON - 3600 * SECOND)
    book.put_many([Link("a" * 32, "https://example.com/", 0)])
    (folder / "links.mark").write_text(f"{NOON.isoformat()} {BEGINNING.isoformat()}")
    pull = pulling(book, folder, 100)

    counts = [pull.pull(NOON + at * SECOND) for at in range(1, 5)]

    assert counts == [100, 100, 100, 0]


def test_a_link_whose_target_is_wrong_in_the_book_is_corrected(
    world: World, book: LinkBook, folder: Path
) -> None:
    (token,) = make(1, NOON)
    book.put_many([Link(token, "https://example.com/wrong", 0)])

    pulling(book, folder).pull(NOON)

    assert book.get(token) == f"https://example.com/{token}"


def test_nothing_is_asked_twice_within_half_a_second(
    world: World, book: LinkBook, folder: Path
) -> None:
    pull = pulling(book, folder)
    pull.pull(NOON)
    make(1, NOON)

    assert [pull.pull(NOON + timedelta(milliseconds=at)) for at in (100, 499, 500)] == [0, 0, 1]


def test_a_clock_that_is_set_back_stops_nothing(world: World, book: LinkBook, folder: Path) -> None:
    pull = pulling(book, folder)
    pull.pull(NOON)
    make(1, NOON - 3600 * SECOND)

    pull.pull(NOON - 3600 * SECOND)

    assert pull.pull(NOON - 3500 * SECOND) + book.count() >= 1
    assert book.count() == 1


def test_a_mark_made_by_a_clock_that_ran_ahead_loses_nothing(
    world: World, book: LinkBook, folder: Path
) -> None:
    make(1, NOON)
    pulling(book, folder).pull(NOON + 3650 * FULL_EVERY)
    make(1, NOON + SECOND)

    assert pulling(book, folder).pull(NOON + 2 * SECOND) == 1


def test_a_restart_goes_on_from_the_mark(world: World, book: LinkBook, folder: Path) -> None:
    make(5, NOON - 3600 * SECOND)
    pulling(book, folder).pull(NOON)
    make(2, NOON + SECOND)

    assert pulling(book, folder).pull(NOON + 2 * SECOND) == 2


def test_the_mark_is_written_now_and_then_and_not_at_each_pull(
    world: World, book: LinkBook, folder: Path
) -> None:
    pull, mark = pulling(book, folder), folder / "links.mark"
    told = []

    for seconds in (0, 1, 29, 30, 31):
        pull.pull(NOON + seconds * SECOND)
        told.append(datetime.fromisoformat(mark.read_text().split()[0]))

    assert told == [NOON, NOON, NOON, NOON + 30 * SECOND, NOON + 30 * SECOND]


def test_a_restart_behind_an_old_mark_loses_nothing(
    world: World, book: LinkBook, folder: Path
) -> None:
    pull = pulling(book, folder)
    pull.pull(NOON)
    make(1, NOON + SECOND)
    pull.pull(NOON + 20 * SECOND)  # noted nowhere but in the book
    make(2, NOON + 21 * SECOND)

    assert pulling(book, folder).pull(NOON + 22 * SECOND) == 2


@pytest.mark.parametrize(
    ("why", "mark"),
    [
        ("lost", None),
        ("empty", ""),
        ("not a time", "yesterday today"),
        ("cut off", "2026-11-20T12:00:00+00:00"),
        ("without a zone", "2026-11-20T12:00:00 2026-11-20T12:00:00"),
        ("of a book that was thrown away", "2099-01-01T00:00:00+00:00 2099-01-01T00:00:00+00:00"),
    ],
)
def test_a_mark_that_cannot_be_used_means_the_beginning(
    world: World, book: LinkBook, folder: Path, why: str, mark: str | None
) -> None:
    make(3, NOON - 3600 * SECOND)
    if mark is not None:
        (folder / "links.mark").write_text(mark)

    assert pulling(book, folder).pull(NOON) == 3, why


@pytest.mark.parametrize("seed", range(8))
def test_in_any_order_of_commits_pulls_and_restarts_nothing_is_missing(
    world: World, book: LinkBook, folder: Path, seed: int
) -> None:
    draw = random.Random(seed)
    pull, now, made = pulling(book, folder), NOON, list[str]()

    for step in range(60):
        now += SECOND * draw.choice([0.1, 1, 7, 40])
        # Several links share a time, and some are committed up to two minutes late.
        at = now - SECOND * draw.choice([0, 0, 3, 120])
        made += make(draw.randrange(4), at.replace(microsecond=0), seed=step)
        if draw.random() < 0.5:
            pull.pull(now)
        if draw.random() < 0.1:
            pull = pulling(book, folder)
    pull.pull(now + SECOND * 31)

    assert [token for token in made if book.get(token) != f"https://example.com/{token}"] == []
    assert book.count() == len(made)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_a_walk_in_chunks_of_any_size_meets_every_link_once(
    world: World, book: LinkBook, folder: Path, size: int
) -> None:
    draw = random.Random(size)
    made = [
        token
        for step in range(25)
        for token in make(draw.randrange(5), NOON + SECOND * draw.randrange(4), seed=step)
    ]
    pull = pulling(book, folder, size)

    pulled = [pull.pull(NOON + 5 * SECOND) for _ in range(len(made) // (size * MOST_CHUNKS) + 1)]

    assert sum(pulled) == book.count() == len(made)
    assert max(pulled) <= size * MOST_CHUNKS
