"""Drafts as Gmail keeps them: bytes under an id that stays, until they are sent or thrown away.

data_dir/playground/gmail-drafts/<key of the address>/r<32 hex>.eml
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backend import clock
from backend.errors import NotFound, TooLarge
from backend.settings import Settings
from playground.inboxes import MAX_MAIL_BYTES, key_of

MAX_DRAFTS = 50  # of one account; the oldest go
_ID = re.compile(r"r[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Drafts:
    """The drafts of one account."""

    folder: Path

    @classmethod
    def of(cls, settings: Settings, email: str) -> "Drafts":
        """Those of this address."""
        return cls(settings.data_dir / "playground" / "gmail-drafts" / key_of(email))

    def ids(self) -> list[str]:
        """The ids, the one saved last first."""
        return [path.stem for path in self._newest_first()]

    def open(self, draft_id: str) -> bytes:
        """A draft's bytes. Raises NotFound."""
        try:
            return self._path(draft_id).read_bytes()
        except FileNotFoundError:
            raise NotFound("problems.no_draft") from None

    def add(self, raw: bytes) -> str:
        """Keep a new draft; its id. Raises TooLarge."""
        draft_id = f"r{clock.new_id().replace('-', '')}"
        self._write(draft_id, raw)
        for path in self._newest_first()[MAX_DRAFTS:]:
            path.unlink(missing_ok=True)
        return draft_id

    def replace(self, draft_id: str, raw: bytes) -> None:
        """Put other bytes in its place. Raises NotFound, TooLarge."""
        self.open(draft_id)
        self._write(draft_id, raw)

    def remove(self, draft_id: str) -> None:
        """Throw it away, if it is there."""
        self._path(draft_id).unlink(missing_ok=True)

    def _write(self, draft_id: str, raw: bytes) -> None:
        if len(raw) > MAX_MAIL_BYTES:
            raise TooLarge("problems.play_large_draft")
        self.folder.mkdir(parents=True, exist_ok=True)
        half = self.folder / f"{draft_id}.part"
        half.write_bytes(raw)
        half.replace(self._path(draft_id))

    def _path(self, draft_id: str) -> Path:
        if not _ID.fullmatch(draft_id):
            raise NotFound("problems.no_draft")
        return self.folder / f"{draft_id}.eml"

    def _newest_first(self) -> Sequence[Path]:
        return sorted(self.folder.glob("r*.eml"), key=_saved, reverse=True)


def _saved(path: Path) -> tuple[int, str]:
    """When it was written; of two in one tick of the disk's clock the newer id is the later."""
    try:
        return path.stat().st_mtime_ns, path.name
    except FileNotFoundError:  # sent by another request meanwhile
        return 0, path.name
