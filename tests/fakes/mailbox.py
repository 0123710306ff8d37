"""A mailbox at no provider: what it holds is a list, and it refuses as it is told to."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage

from backend.providers.mail import (
    Changes,
    Fetched,
    FetchedMail,
    Identity,
    Listing,
    PlaceLost,
    Unreadable,
)


@dataclass
class FakeMailbox:
    """Implements MailProvider. `refusals` are raised one by one, each by the next call."""

    address: str
    page: int = 3
    mails: dict[str, FetchedMail] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    refusals: deque[Exception | None] = field(default_factory=deque)
    calls: list[str] = field(default_factory=list)
    oldest: int = 0

    def put(self, letter: EmailMessage | bytes, at: datetime, **marks: object) -> str:
        """Let a mail arrive (or be sent); its id."""
        provider_id = f"m{len(self.log) + 1}"
        raw = letter if isinstance(letter, bytes) else letter.as_bytes()
        values = {"is_sent": False, "is_draft": False, "is_spam": False, "is_trash": False} | marks
        thread = str(values.pop("thread", provider_id))
        self.mails[provider_id] = FetchedMail(provider_id, thread, at, raw=raw, **values)
        self.log.append(provider_id)
        return provider_id

    def forget_changes(self) -> None:
        """From now on older places are lost."""
        self.oldest = len(self.log)

    def identity(self) -> Identity:
        self._call("identity")
        return Identity(self.address)

    def baseline(self) -> str:
        self._call("baseline")
        return str(len(self.log))

    def changes(self, place: str, page: str | None) -> Changes:
        self._call("changes")
        if int(place) < self.oldest:
            raise PlaceLost("too old")
        start = int(page or place)
        end = min(start + self.page, len(self.log))
        came = tuple(self.log[start:end])
        if end < len(self.log):
            return Changes(came, next_page=str(end))
        return Changes(came, place=str(end))

    def listing(self, since: datetime, page: str | None) -> Listing:
        self._call("listing")
        ids = [
            each.provider_id
            for each in sorted(self.mails.values(), key=lambda mail: mail.received_at, reverse=True)
            if each.received_at >= since - timedelta(seconds=1)
        ]
        start = int(page or 0)
        following = start + self.page
        more = str(following) if following < len(ids) else None
        return Listing(tuple(ids[start:following]), more, len(ids))

    def fetch(self, ids: Sequence[str]) -> Iterator[tuple[str, Fetched]]:
        for each in ids:
            self._call(f"fetch {each}")
            if each in self.broken:
                yield each, Unreadable("broken")
            else:
                yield each, None if each in self.gone else self.mails[each]

    def _call(self, what: str) -> None:
        self.calls.append(what)
        if self.refusals:
            refusal = self.refusals.popleft()
            if refusal is not None:
                raise refusal
