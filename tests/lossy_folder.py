"""A folder that forgets in a power cut what was not fsynced; for one test, on Linux.

`python -m tests.lossy_folder KEPT MOUNTED` mounts it by FUSE. Files under MOUNTED lie in KEPT, but
what is written to them stays in this process until the writer calls fsync. SIGUSR1 is the power
cut: what was not fsynced is gone, and `dropped N writes` goes to stderr. Names are kept at once
(a real file system may forget those too).
"""

import os
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mfusepy

STAT = ("st_mode", "st_nlink", "st_size", "st_uid", "st_gid")


@dataclass(frozen=True, slots=True)
class Change:
    """One write that nobody has fsynced yet; `data` is None where the file was cut to `start`."""

    start: int
    data: bytes | None

    def apply(self, content: bytearray) -> None:
        """Do to these bytes what was done to the file."""
        end = self.start if self.data is None else self.start + len(self.data)
        content.extend(bytes(max(0, end - len(content))))
        if self.data is None:
            del content[self.start :]
        else:
            content[self.start : end] = self.data


class LossyFolder(mfusepy.Operations):
    """Passes everything on to `kept`, but a write only at fsync."""

    use_ns = True

    def __init__(self, kept: Path) -> None:
        self._kept = kept
        self._changes: dict[str, list[Change]] = {}
        self._lock = threading.RLock()

    def cut(self, *_signal: Any) -> None:
        """The power cut."""
        with self._lock:
            count = sum(map(len, self._changes.values()))
            self._changes.clear()
        sys.stderr.write(f"dropped {count} writes\n")
        sys.stderr.flush()

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        found = os.lstat(self._at(path))
        facts = {name: getattr(found, name) for name in STAT}
        with self._lock:
            if path in self._changes:
                facts["st_size"] = len(self._content(path))
        return facts

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *os.listdir(self._at(path))]

    def mkdir(self, path: str, mode: int) -> int:
        os.mkdir(self._at(path), mode)
        return 0

    def mknod(self, path: str, mode: int, dev: int) -> int:
        os.mknod(self._at(path), mode, dev)  # a socket
        return 0

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        return os.open(self._at(path), os.O_CREAT | os.O_RDWR, mode)

    def open(self, path: str, flags: int) -> int:
        return os.open(self._at(path), os.O_RDWR)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        with self._lock:
            return bytes(self._content(path)[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        with self._lock:
            self._changes.setdefault(path, []).append(Change(offset, bytes(data)))
        return len(data)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        with self._lock:
            self._changes.setdefault(path, []).append(Change(length, None))
        return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        with self._lock:
            if path in self._changes:
                content = self._content(path)
                del self._changes[path]
                self._at(path).write_bytes(content)
        return 0

    def fsyncdir(self, path: str, datasync: int, fh: int) -> int:
        return 0

    def release(self, path: str, fh: int) -> int:
        os.close(fh)
        return 0

    def rename(self, old: str, new: str) -> int:
        with self._lock:
            self._changes.pop(new, None)
            if old in self._changes:
                self._changes[new] = self._changes.pop(old)
            os.rename(self._at(old), self._at(new))
        return 0

    def unlink(self, path: str) -> int:
        with self._lock:
            self._changes.pop(path, None)
            self._at(path).unlink()
        return 0

    def chmod(self, path: str, mode: int) -> int:
        return 0

    def utimens(self, path: str, times: Any = None) -> int:
        return 0

    def _at(self, path: str) -> Path:
        return self._kept / path.lstrip("/")

    def _content(self, path: str) -> bytearray:
        content = bytearray(self._at(path).read_bytes())
        for change in self._changes.get(path, ()):
            change.apply(content)
        return content


def main(kept: str, mounted: str) -> None:
    """Serve the folder until it is unmounted."""
    folder = LossyFolder(Path(kept))
    signal.signal(signal.SIGUSR1, folder.cut)
    mfusepy.FUSE(folder, mounted, foreground=True, nothreads=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
