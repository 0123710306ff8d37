"""A stream of bytes, encrypted in chunks, of which none can be changed, left out, moved or cut off.

This is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-
Encryption and its Nonce-Reuse Misuse-Resistance", 2015) as age lays it out: chunks of 64 KiB, each
sealed under a nonce of an 11-byte counter and a byte that is 1 for the last chunk alone. Source:
https://github.com/C2SP/C2SP/blob/main/age.md, Payload (2026-11-27). The cipher is AES-256-GCM, as
in the vault; the key is for one stream only, so no nonce comes twice. The header is bound to all.
"""

from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.errors import Invalid

CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
_COUNTER_BYTES = 11


class SealedWriter:
    """Encrypts what is written to it; `finish` makes the end, without which none of it opens."""

    def __init__(self, file: IO[bytes], key: bytes, header: bytes) -> None:
        self._file = file
        self._sealer = AESGCM(key)
        self._header = header
        self._waiting = bytearray()
        self._count = 0
        self._is_dropped = False

    def write(self, data: bytes) -> int:
        """Take these bytes; how many they were."""
        if self._is_dropped:
            return len(data)
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:  # the last chunk is known by `finish` alone
            self._seal(bytes(self._waiting[:CHUNK_BYTES]), is_last=False)
            del self._waiting[:CHUNK_BYTES]
        return len(data)

    def flush(self) -> None:
        """Nothing: a chunk goes out when it is full."""

    def finish(self) -> None:
        """Write the last chunk."""
        self._seal(bytes(self._waiting), is_last=True)
        self._waiting.clear()

    def drop(self) -> None:
        """Write nothing any more: what is there does not open. Who writes on does so in vain."""
        self._is_dropped = True

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._count, is_last=is_last)
        self._file.write(self._sealer.encrypt(nonce, chunk, self._header))
        self._count += 1


class SealedReader:
    """Decrypts, from where the file stands to its end.

    Every read raises Invalid where the stream is not as it was written.
    """

    def __init__(self, file: IO[bytes], key: bytes, header: bytes) -> None:
        self._file = file
        self._opener = AESGCM(key)
        self._header = header
        self._open = bytearray()
        self._next = file.read(CHUNK_BYTES + TAG_BYTES)
        self._count = 0
        self._is_at_end = False

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; b"" at the end, and nowhere else."""
        while not self._is_at_end and (size < 0 or len(self._open) < size):
            self._take_chunk()
        size = len(self._open) if size < 0 else size
        given = bytes(self._open[:size])
        del self._open[:size]
        return given

    def _take_chunk(self) -> None:
        sealed, self._next = self._next, self._file.read(CHUNK_BYTES + TAG_BYTES)
        is_last = not self._next
        try:
            nonce = _nonce(self._count, is_last=is_last)
            self._open += self._opener.decrypt(nonce, sealed, self._header)
        except InvalidTag:
            told = "it was cut off or altered, and is of no use" if is_last else "it was altered"
            raise Invalid(f"The backup cannot be read from here on: {told}.") from None
        self._count += 1
        self._is_at_end = is_last


def _nonce(count: int, *, is_last: bool) -> bytes:
    return count.to_bytes(_COUNTER_BYTES, "big") + bytes([is_last])
