"""The file of a backup.

telltale-backup 1 <id> <envelope>     a line: the stream's key, sealed by the vault
    then, sealed:
gzip( tar( part/000001 part/000002 …   blocks of whole lines, parts one after another
           manifest.json ) )           rows, bytes and SHA-256 of each part; what it needs
"""

import fcntl
import gzip
import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, cast

import orjson

from backend import clock
from backend.backup.manifest import Manifest, Part, Tell
from backend.backup.sealed import SealedReader, SealedWriter
from backend.errors import Conflict, Invalid
from backend.providers.vault import Place, Unopened, Vault, key_of

FORMAT = b"1"
_NAME = b"telltale-backup"
_MANIFEST = "manifest.json"
_LONGEST_HEADER = 1_024
_KEY_BYTES = 32
_QUICKLY = 1  # gzip's level: level 6 took four times as long for a tenth less

TellOf = Callable[[int, int], None]
Block = tuple[str, bytes]


class ArchiveWriter:
    """Takes parts, one after another."""

    def __init__(self, sealed: SealedWriter, tell: Tell) -> None:
        self._sealed = sealed
        self._tell = tell
        self._zipped = gzip.GzipFile(
            fileobj=self._sealed,
            mode="wb",
            compresslevel=_QUICKLY,
            mtime=0,
        )
        self._tar = tarfile.open(fileobj=self._zipped, mode="w|")  # noqa: SIM115 - open to `finish`
        self._parts: dict[str, Part] = {}
        self._before = 0  # rows of the parts that are done

    def add(self, name: str, columns: Iterable[str], blocks: Iterable[bytes]) -> None:
        """Write one part."""
        part, digest = Part(list(columns)), hashlib.sha256()
        for number, block in enumerate(blocks, 1):
            self._put(f"{name}/{number:06}", block)
            digest.update(block)
            part.rows += block.count(b"\n")
            part.bytes += len(block)
            self._tell(self._before + part.rows)
        part.sha256 = digest.hexdigest()
        self._parts[name] = part
        self._before += part.rows

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, with the parts, and the end of the file."""
        manifest.parts = self._parts
        self._put(_MANIFEST, orjson.dumps(manifest))
        self._close()
        self._sealed.finish()

    def drop(self) -> None:
        """Give up; the file is of no use."""
        self._sealed.drop()
        self._close()

    def _close(self) -> None:
        self._tar.close()
        self._zipped.close()

    def _put(self, name: str, data: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        self._tar.addfile(member, io.BytesIO(data))


@contextmanager
def created(path: Path, vault: Vault, tell: Tell) -> Iterator[ArchiveWriter]:
    """A new archive, mode 0600, which is there under its name once it is whole and on the disk.

    `tell` gets the rows so far.
    Raises Conflict where there is such a file already, or one is being written.
    """
    _refuse_old(path)
    draft = path.with_name(f"{path.name}.part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(handle, "wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"Another backup is being written to {draft}.") from None
        _refuse_old(path)  # another backup that has just ended: this may be its file, renamed
        try:
            os.fchmod(handle, 0o600)
            file.truncate()
            key, header = _new_key(vault)
            file.write(header)
            yield from _written(ArchiveWriter(SealedWriter(file, key, header), tell))
            file.flush()
            os.fsync(handle)
            _refuse_old(path)
            draft.rename(path)
        except BaseException:
            draft.unlink()
            raise
    sync(path.parent)


def _refuse_old(path: Path) -> None:
    if path.exists():
        raise Conflict(f"{path} is there already: choose another name, or move it away.")


def _written(writer: ArchiveWriter) -> Iterator[ArchiveWriter]:
    try:
        yield writer
    except BaseException:
        writer.drop()
        raise


class Archive:
    """A backup that is read; close it. Raises Invalid for what is none, or cannot be opened.

    `size` is the file's, in bytes; `tell` gets how many of them this walk through it has read.
    """

    def __init__(self, path: Path, vault: Vault, tell: TellOf) -> None:
        self.size = path.stat().st_size
        self._tell = tell
        self._file = path.open("rb")
        self._header = self._file.readline(_LONGEST_HEADER)
        try:
            self._key = self._key_by(vault, path)
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def check(self) -> Manifest:
        """Read all of it; the manifest, if everything is as that says. Raises Invalid."""
        found: dict[str, Part] = {}
        digests: dict[str, Any] = {}  # hashlib's class has no public name
        manifest = None
        for name, block in self._blocks():
            if name == _MANIFEST:
                manifest = Manifest.of(block)
                continue
            part = found.setdefault(name, Part())
            digests.setdefault(name, hashlib.sha256()).update(block)
            part.rows += block.count(b"\n")
            part.bytes += len(block)
        if manifest is None:
            raise Invalid("The backup has no manifest: it is of no use.")
        for name, said in manifest.parts.items():
            digest = digests.pop(name, hashlib.sha256()).hexdigest()
            part = found.get(name, Part())
            if (said.rows, said.bytes, said.sha256) != (part.rows, part.bytes, digest):
                raise Invalid(f"The backup's part {name} is not what its manifest says.")
        if digests:
            raise Invalid("The backup has parts that its manifest does not know.")
        return manifest

    def parts(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each part that has rows, with its blocks, in their order, and each before the next."""
        for name, blocks in groupby(self._blocks(), key=itemgetter(0)):
            if name != _MANIFEST:
                yield name, (block for _, block in blocks)

    def _blocks(self) -> Iterator[Block]:
        self._file.seek(len(self._header))
        # gzip's stub wants a whole file; of one to be unpacked it calls `read` alone.
        sealed = cast(IO[bytes], SealedReader(self._file, self._key, self._header))
        with (
            gzip.GzipFile(fileobj=sealed, mode="rb") as zipped,
            tarfile.open(fileobj=zipped, mode="r|") as tar,
        ):
            at = 0
            for member in tar:
                data = tar.extractfile(member)
                assert data is not None
                yield member.name.rpartition("/")[0] or member.name, data.read()
                if at != (at := self._file.tell()):
                    self._tell(at, self.size)

    def _key_by(self, vault: Vault, path: Path) -> bytes:
        words = self._header.split()
        if len(words) < 2 or words[0] != _NAME:
            raise Invalid(f"{path} is no backup of Telltale's.")
        if words[1] != FORMAT:
            raise Invalid(
                f"{path} is a backup in a form that this version does not know: update Telltale."
            )
        try:
            backup_id, envelope = (word.decode("ascii") for word in words[2:])
            key_id = key_of(envelope)
            if key_id in vault.ring.keys:
                return bytes.fromhex(vault.open(envelope, _place(backup_id)))
        except (ValueError, IndexError, Unopened):
            raise Invalid(f"{path} does not open: its first line was altered.") from None
        raise Invalid(
            f"The backup is sealed under the vault key {key_id}, which is not among the keys here:"
            " put that one into VAULT_KEYS or the vault's key file."
        )


def _new_key(vault: Vault) -> tuple[bytes, bytes]:
    """A stream's key, and the header that carries it."""
    key, backup_id = os.urandom(_KEY_BYTES), clock.new_id()
    envelope = vault.seal(key.hex(), _place(backup_id))
    return key, b" ".join([_NAME, FORMAT, backup_id.encode(), envelope.encode()]) + b"\n"


def _place(backup_id: str) -> Place:
    return Place("backup", backup_id, "key")


def sync(path: Path) -> None:
    """Have a file, or a folder's list of files, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
