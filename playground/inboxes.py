"""Local inboxes on disk: a folder for each address, a file for each mail.

    data_dir/playground/<key of the address>/address           the address itself
                                             <UUIDv7>.eml      a mail, put there by a rename

Whoever reaches the SMTP port writes here, so names of files never come from outside and every
size is bounded. One process writes (playground.mail_host); any number read.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from backend import clock
from backend.errors import NotFound, TooLarge
from backend.settings import Settings

MAX_MAIL_BYTES = 5 * 1024 * 1024
MAX_TOTAL_BYTES = 256 * 1024 * 1024
MAX_INBOXES = 500
MAX_MAILS = 200  # of one inbox; the oldest go

_KEY = re.compile(r"[0-9a-f]{32}")
_MAIL_ID = re.compile(r"([0-9a-f]{32})-([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f-]{17})")


@dataclass(frozen=True, slots=True)
class Inbox:
    """An address that has got mail; `latest` is the id of its newest mail."""

    address: str
    count: int
    latest: str


class Inboxes:
    """The inboxes below one folder; two of the same folder are equal."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._total: int | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Inboxes) and other._folder == self._folder

    def __hash__(self) -> int:
        return hash(self._folder)

    @classmethod
    def of(cls, settings: Settings) -> "Inboxes":
        """The inboxes of this installation."""
        return cls(settings.data_dir / "playground")

    def put(self, address: str, content: bytes) -> str:
        """Store a mail for the address, the oldest making room for it; returns its id.

        Raises TooLarge when a bound is reached; nothing is stored then.
        """
        total = self._total_with(len(content))
        if len(content) > MAX_MAIL_BYTES or total > MAX_TOTAL_BYTES:
            raise TooLarge("problems.inboxes_full")
        key = key_of(address)
        inbox = self._open(key, address)
        name = clock.new_id()
        draft = inbox / f"{name}.part"
        draft.write_bytes(content)
        os.replace(draft, inbox / f"{name}.eml")
        self._total = total
        self._make_room(inbox)
        return f"{key}-{name}"

    def all(self) -> list[Inbox]:
        """Every inbox that holds mail, the one with the newest mail first."""
        found = [self._inbox(folder) for folder in self._folders()]
        return sorted(
            (inbox for inbox in found if inbox.count),
            key=lambda inbox: inbox.latest.partition("-")[2],
            reverse=True,
        )

    def mails(self, address: str) -> list[str]:
        """Ids of the mails an address has got, newest first; none for an unknown address."""
        key = key_of(address)
        return [f"{key}-{path.stem}" for path in _mails_in(self._folder / key)]

    def open(self, mail_id: str) -> bytes:
        """A mail as it came. Raises NotFound."""
        match = _MAIL_ID.fullmatch(mail_id)
        if match is None:
            raise NotFound("problems.play_no_mail")
        try:
            return (self._folder / match[1] / f"{match[2]}.eml").read_bytes()
        except FileNotFoundError:
            raise NotFound("problems.play_mail_gone") from None

    def address_of(self, mail_id: str) -> str:
        """Whose inbox a mail lies in. Raises NotFound."""
        match = _MAIL_ID.fullmatch(mail_id)
        address = _address_in(self._folder / match[1]) if match else ""
        if not address:
            raise NotFound("problems.play_no_mail")
        return address

    def _total_with(self, more: int) -> int:
        # Counted anew when it seems full: somebody may have emptied the folder.
        if self._total is None or self._total + more > MAX_TOTAL_BYTES:
            self._total = sum(path.stat().st_size for path in self._folder.glob("*/*.eml"))
        return self._total + more

    def _open(self, key: str, address: str) -> Path:
        inbox = self._folder / key
        if not inbox.exists():
            if sum(1 for _ in self._folders()) >= MAX_INBOXES:
                raise TooLarge("problems.play_inboxes")
            inbox.mkdir(parents=True, exist_ok=True)
            (inbox / "address").write_text(canonical(address), "utf-8")
        return inbox

    def _make_room(self, inbox: Path) -> None:
        for path in _mails_in(inbox)[MAX_MAILS:]:
            self._total = (self._total or 0) - path.stat().st_size
            path.unlink()

    def _folders(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("*") if _KEY.fullmatch(path.name))

    def _inbox(self, folder: Path) -> Inbox:
        mails = _mails_in(folder)
        latest = f"{folder.name}-{mails[0].stem}" if mails else ""
        return Inbox(_address_in(folder), len(mails), latest)


def received_at(mail_id: str) -> datetime:
    """When a mail came, which is written in its id."""
    return clock.id_time(mail_id.partition("-")[2])


def key_of(address: str) -> str:
    """The folder of an address."""
    return hashlib.sha256(canonical(address).encode("utf-8", "replace")).hexdigest()[:32]


def canonical(address: str) -> str:
    """An address as inboxes know it."""
    return address.strip().lower()


def _mails_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.eml"), key=lambda path: path.stem, reverse=True)


def _address_in(folder: Path) -> str:
    try:
        return (folder / "address").read_text("utf-8")
    except FileNotFoundError:
        return ""
