"""A sealed stream gives back what went in, or nothing behind the place where it was touched."""

import io

import pytest

from backend.backup.sealed import CHUNK_BYTES, TAG_BYTES, SealedReader, SealedWriter
from backend.errors import Invalid

KEY, HEADER = bytes(range(32)), b"header\n"
SEALED = CHUNK_BYTES + TAG_BYTES
THREE = bytes(range(256)) * (CHUNK_BYTES // 256 * 2) + b"the rest"


def sealed(plain, step=10_000):
    file = io.BytesIO()
    writer = SealedWriter(file, KEY, HEADER)
    for start in range(0, len(plain), step):
        writer.write(plain[start : start + step])
    writer.finish()
    return file.getvalue()


def opened(data, key=KEY, header=HEADER):
    return SealedReader(io.BytesIO(data), key, header).read()


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, len(THREE)])
def test_what_goes_in_comes_out(size):
    assert opened(sealed(THREE[:size])) == THREE[:size]


def test_it_is_read_in_pieces_of_any_size():
    reader = SealedReader(io.BytesIO(sealed(THREE)), KEY, HEADER)

    pieces = [reader.read(size) for size in (0, 5, CHUNK_BYTES, 7, 10 * CHUNK_BYTES, 1)]

    assert b"".join(pieces) == THREE
    assert [len(piece) for piece in pieces[:4]] == [0, 5, CHUNK_BYTES, 7]


def test_nothing_of_it_can_be_seen():
    data = sealed(b"canary" * 100_000)

    assert b"canary" not in data
    assert len({data[start : start + SEALED] for start in range(0, len(data), SEALED)}) > 9


WHOLE = sealed(THREE)
TOUCHED = (
    ("empty", b""),
    ("cut off within a chunk", WHOLE[:-1]),
    ("cut off behind a chunk", WHOLE[:SEALED]),
    ("cut off behind the last full chunk", WHOLE[: 2 * SEALED]),
    ("a bit of the last chunk", WHOLE[:-1] + bytes([WHOLE[-1] ^ 1])),
    ("a bit of the first chunk", bytes([WHOLE[0] ^ 1]) + WHOLE[1:]),
    ("a chunk left out", WHOLE[:SEALED] + WHOLE[2 * SEALED :]),
    ("chunks changed places", WHOLE[SEALED : 2 * SEALED] + WHOLE[:SEALED] + WHOLE[2 * SEALED :]),
    ("something behind it", WHOLE + b"x"),
    ("itself behind it", WHOLE + WHOLE),
)


@pytest.mark.parametrize(("why", "data"), TOUCHED, ids=[row[0] for row in TOUCHED])
def test_a_touched_stream_is_refused(why, data):
    with pytest.raises(Invalid, match=r"was (cut off or )?altered"):
        opened(data)


@pytest.mark.parametrize("changes", [{"key": bytes(32)}, {"header": b"another\n"}])
def test_key_and_header_belong_to_it(changes):
    with pytest.raises(Invalid):
        opened(WHOLE, **changes)
