"""The end of a mail is found wherever the wire cuts it, and no more is held than there is room."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.relay.intake import FULL, PIECE_S, TOO_LARGE, Gone, Room, read_content
from tests import idle

LIMIT = 10_000


async def taken(pieces: list[bytes], room: Room, most: int = 1_001) -> tuple[bytes | str, bytes]:
    """What is read of these pieces, and what is left for the next command."""
    reader, before = asyncio.StreamReader(limit=most), room.held

    async def feed():
        for piece in pieces:
            reader.feed_data(piece)
            await asyncio.sleep(0)
        reader.feed_eof()

    feeding = asyncio.ensure_future(feed())
    with room.place() as place:
        content = await read_content(reader, LIMIT, place, lambda: None)
        assert place.taken == room.held - before
    await feeding
    return content, await reader.read()


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from([b"a", b"", b".", b"..", b".x", b"long " * 20]), max_size=8),
    st.lists(st.integers(1, 30), max_size=30),
    st.integers(1, 40),
)
def test_however_it_is_cut_a_mail_is_what_was_sent(lines, cuts, most):
    content = b"".join(line + b"\r\n" for line in lines)
    stuffed = b"".join((b"." if line[:1] == b"." else b"") + line + b"\r\n" for line in lines)
    wire, pieces = stuffed + b".\r\nQUIT\r\n", []
    for cut in [*cuts, len(wire)]:
        pieces.append(wire[:cut])
        wire = wire[cut:]

    found = asyncio.run(taken(list(filter(None, pieces)), Room(LIMIT), most))
    assert found == (content, b"QUIT\r\n")


def test_a_mail_beyond_the_limit_is_read_to_its_end_and_not_kept():
    room = Room(10 * LIMIT)

    content, left = asyncio.run(taken([b"x" * 70 + b"\r\n"] * 1_000 + [b".\r\nNOOP\r\n"], room))

    assert (content, left, room.held) == (TOO_LARGE, b"NOOP\r\n", 0)


def test_without_room_a_mail_is_to_come_again():
    room = Room(LIMIT, held=LIMIT - 10)

    content, _ = asyncio.run(taken([b"x" * 20 + b"\r\n.\r\n"], room))

    assert (content, room.held) == (FULL, LIMIT - 10)


def test_blank_lines_in_a_mail_are_read_in_large_pieces():
    pieces, blank = [], b"a: b\r\n" + b"\r\n" * 100_000

    async def reading():
        reader = asyncio.StreamReader()
        with Room(LIMIT * 1_000).place() as place:
            at_work = asyncio.ensure_future(
                read_content(reader, len(blank), place, lambda: pieces.append(1))
            )
            for start in range(0, len(blank), 50_000):
                reader.feed_data(blank[start : start + 50_000])
                await asyncio.sleep(0)
            reader.feed_data(b".\r\n")
            return await at_work

    assert asyncio.run(reading()) == blank
    assert len(pieces) < 100


def test_what_begins_with_nothing_but_blank_lines_is_given_up():
    with pytest.raises(Gone):
        asyncio.run(taken([b"\r\n" * 1_000], Room(LIMIT)))


def test_a_mail_that_never_comes_to_its_end_is_given_up():
    async def drip():
        reader = asyncio.StreamReader()
        with Room(LIMIT).place() as place:
            reading = asyncio.ensure_future(read_content(reader, LIMIT, place, lambda: None))
            while not reading.done():
                reader.feed_data(b"x")
                await asyncio.sleep(PIECE_S / 3)
            await reading

    with asyncio.Runner(loop_factory=idle.loop) as runner, pytest.raises(Gone):
        runner.run(drip())


@pytest.mark.parametrize("pieces", [[], [b"x\r\n"], [b"x\r\n."]])
def test_a_mail_without_end_is_none(pieces):
    with pytest.raises(Gone):
        asyncio.run(taken(pieces, Room(LIMIT)))
