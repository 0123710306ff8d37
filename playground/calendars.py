"""Local calendars on disk: a folder for each address, a file for each meeting.

    data_dir/playground/calendars/<key of the address>/<UUIDv7 without dashes>.json

A meeting is put there by a rename and never altered, so that its place among the changes is its id,
which begins with the time it was made. Every size is bounded.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from backend.errors import NotFound, TooLarge
from backend.settings import Settings
from playground.inboxes import key_of

MAX_ENTRY_BYTES = 20_000
MAX_CALENDARS = 500
MAX_ENTRIES = 200  # of one calendar; the oldest go

_ID = re.compile(r"[0-9a-f]{32}")
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendars below one folder."""

    folder: Path

    @classmethod
    def of(cls, settings: Settings) -> "Calendars":
        """The calendars of this installation."""
        return cls(settings.data_dir / "playground" / "calendars")

    def put(self, address: str, entry: Entry) -> None:
        """Write a meeting into an address's calendar, the oldest making room for it.

        Raises TooLarge when a bound is reached.
        """
        told = orjson.dumps(entry)
        calendar = self._of(address)
        if len(told) > MAX_ENTRY_BYTES or not _may_be(calendar):
            raise TooLarge("problems.play_calendars")
        calendar.mkdir(parents=True, exist_ok=True)
        half = calendar / f"{entry['id']}.{os.getpid()}"
        half.write_bytes(told)
        half.replace(calendar / f"{entry['id']}.json")
        for path in _oldest_first(calendar)[:-MAX_ENTRIES]:
            path.unlink(missing_ok=True)

    def ids(self, address: str, after: str = "") -> list[str]:
        """Ids of the meetings put there after that one, in the order in which they came."""
        found = [path.stem for path in _oldest_first(self._of(address))]
        return [entry_id for entry_id in found if entry_id > after]

    def open(self, address: str, entry_id: str) -> Entry:
        """A meeting in the address's calendar. Raises NotFound."""
        if not _ID.fullmatch(entry_id):
            raise NotFound("problems.play_no_meeting")
        try:
            entry: Entry = orjson.loads((self._of(address) / f"{entry_id}.json").read_bytes())
        except FileNotFoundError:
            raise NotFound("problems.play_no_meeting") from None
        return entry

    def _of(self, address: str) -> Path:
        return self.folder / key_of(address)


def _may_be(calendar: Path) -> bool:
    return calendar.exists() or len(list(calendar.parent.glob("*"))) < MAX_CALENDARS


def _oldest_first(calendar: Path) -> list[Path]:
    return sorted(calendar.glob("*.json"))
