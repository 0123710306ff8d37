"""Copies of a mail: tokens of their own, kept over repeats."""

from backend import db
from backend.db import Row
from backend.models.mail import Stamp
from backend.tracking import copies
from tests.world import CAROL, LEO, NOON, World


def stored() -> list[Row]:
    return db.rows("SELECT address, pixel_token, unsubscribe_token FROM stamp_copy ORDER BY id")


def test_the_shared_copy_is_made_once_and_follows_the_recipients(
    world: World, stamp: Stamp
) -> None:
    first = copies.shared(stamp, [CAROL], world.host, copies.known(stamp))
    addresses = [stored()[0][0]]

    for recipients in ([CAROL, LEO], [LEO], []):
        again = copies.shared(stamp, recipients, world.host, copies.known(stamp))
        addresses.append(stored()[0][0])
        assert again.pixel_token == first.pixel_token

    assert addresses == [CAROL, None, LEO, None]
    assert len(stored()) == 1


def test_where_nobody_is_named_the_shared_copy_names_nobody(world: World, stamp: Stamp) -> None:
    stamp.is_aggregate = True

    assert copies.shared(stamp, [CAROL], world.host, copies.known(stamp)).address is None


def test_once_sent_the_shared_copy_stays_as_it_is(world: World, stamp: Stamp) -> None:
    copies.shared(stamp, [CAROL], world.host, copies.known(stamp))
    stamp.sent_at = NOON

    copies.shared(stamp, [CAROL, LEO], world.host, copies.known(stamp))

    assert stored()[0][0] == CAROL


def test_own_copies_are_made_where_they_lack(world: World, stamp: Stamp) -> None:
    first = copies.own(stamp, [CAROL], world.host, copies.known(stamp))

    second = copies.own(stamp, [LEO, CAROL], world.host, copies.known(stamp))

    assert list(second) == [LEO, CAROL]
    assert second[CAROL] == first[CAROL]
    assert sorted(row[0] for row in stored()) == [CAROL, LEO]
    assert len({token for _, *tokens in stored() for token in tokens}) == 4


def test_the_copy_of_the_only_recipient_becomes_her_own(world: World, stamp: Stamp) -> None:
    shared = copies.shared(stamp, [CAROL], world.host, copies.known(stamp))

    own = copies.own(stamp, [CAROL, LEO], world.host, copies.known(stamp))

    assert own[CAROL] == shared


def test_once_sent_no_copy_is_made(world: World, stamp: Stamp) -> None:
    copies.own(stamp, [CAROL], world.host, copies.known(stamp))
    stamp.sent_at = NOON

    assert list(copies.own(stamp, [CAROL, LEO], world.host, copies.known(stamp))) == [CAROL]


def test_a_corrected_reader_is_the_shared_copys_alone(world: World, stamp: Stamp) -> None:
    copies.shared(stamp, [CAROL], world.host, copies.known(stamp))

    copies.correct_reader(stamp, [CAROL, LEO])
    shared = stored()[0][0]
    stamp.is_per_recipient = True
    copies.correct_reader(stamp, [LEO])

    assert (shared, stored()[0][0]) == (None, None)
