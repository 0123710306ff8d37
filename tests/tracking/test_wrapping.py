"""The links of copies: tokens of their own, kept over repeats, written in few statements."""

from backend import clock, db
from backend.mail.html_body import Link
from backend.models.mail import Stamp
from backend.tracking import copies, wrapping
from backend.tracking.copies import Copy
from tests.world import CAROL, LEO, World

A, B = "https://example.com/a", "https://example.com/b"


def links(*urls: str) -> list[Link]:
    return [Link(position, url, f"text {position}") for position, url in enumerate(urls)]


def wrap(world: World, stamp: Stamp, copy: Copy, *urls: str) -> list[str]:
    """The tokens of those links of the copy."""
    wrapped = wrapping.wrap(stamp, [copy], links(*urls), world.host)[copy.id]
    assert [(link.position, link.url) for link in wrapped] == list(enumerate(urls))
    return [link.tracked_url.rpartition("/")[2] for link in wrapped]


def test_links_to_one_place_are_told_apart_and_keep_their_tokens(
    world: World, stamp: Stamp
) -> None:
    copy = copies.shared(stamp, [CAROL], world.host, copies.known(stamp))

    first = wrap(world, stamp, copy, A, B, A)
    fewer = wrap(world, stamp, copy, A)
    more = wrap(world, stamp, copy, B, A, A, A)

    assert len(set(first)) == 3
    assert fewer == [first[0]]
    assert more[:3] == [first[1], first[0], first[2]]
    assert more[3] not in first


def test_a_link_that_moved_is_stored_where_it_stands_now(world: World, stamp: Stamp) -> None:
    copy = copies.shared(stamp, [CAROL], world.host, copies.known(stamp))
    wrap(world, stamp, copy, A, B)

    wrap(world, stamp, copy, B, A)

    assert db.rows("SELECT url, position, text FROM tracked_link ORDER BY position") == [
        (B, 0, "text 0"),
        (A, 1, "text 1"),
    ]


def test_without_links_nothing_is_asked(world: World, stamp: Stamp) -> None:
    copy = copies.shared(stamp, [CAROL], world.host, copies.known(stamp))

    assert wrapping.wrap(stamp, [copy], [], world.host) == {copy.id: ()}


def test_every_link_has_its_target_under_the_same_token(world: World, stamp: Stamp) -> None:
    before = clock.now()
    copy = copies.shared(stamp, [CAROL], world.host, copies.known(stamp))

    first, second = wrap(world, stamp, copy, A, B)

    assert wrapping.targets_of([first, second, "a" * 32]) == {first: A, second: B}
    assert wrapping.targets_of([]) == {}
    times = [at for (at,) in db.rows("SELECT created_at FROM link_target")]
    assert len(times) == 2
    assert all(before <= at <= clock.now() for at in times)


def test_five_hundred_copies_of_forty_links_have_tokens_of_their_own(
    world: World, stamp: Stamp
) -> None:
    everyone = [f"p{number}@example.com" for number in range(500)]
    forty = [f"https://example.com/{number}" for number in range(40)]

    with db.transaction():
        own = list(copies.own(stamp, everyone, world.host, copies.known(stamp)).values())
        first = wrapping.wrap(stamp, own, links(*forty), world.host)
        again = wrapping.wrap(stamp, own, links(*forty), world.host)

    tokens = {link.tracked_url for wrapped in first.values() for link in wrapped}
    assert len(tokens) == 20_000
    assert again == first
    assert db.rows("SELECT count(*) FROM link_target") == [(20_000,)]


def test_the_tokens_of_two_copies_have_nothing_in_common(world: World, stamp: Stamp) -> None:
    made = copies.own(stamp, [CAROL, LEO], world.host, copies.known(stamp))

    wrapped = wrapping.wrap(stamp, made.values(), links(A, B), world.host)

    clicks = [[link.tracked_url.rpartition("/")[2] for link in each] for each in wrapped.values()]
    assert [len({token[:16] for token in each}) for each in clicks] == [1, 1]
    others = db.rows("SELECT pixel_token, unsubscribe_token FROM stamp_copy")
    apart = [clicks[0][0], clicks[1][0], *(token for tokens in others for token in tokens)]
    # The quarter is the first character and a part of the second.
    assert len({token[1:8] for token in apart}) == len(apart)
