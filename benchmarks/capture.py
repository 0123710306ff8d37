"""How fast a mailbox is taken in and matched, measured behind the provider protocol, without HTTP.

    python -m benchmarks.capture [--mails 10000] [--people 100000] [--engine sqlite|postgres]

Half of the mails are sent; every fourth answers one; each is of one of 2,000 people among so many.
Bars: 400 mails/s, 1,000 addresses matched in under 10 ms, memory under 250 MB.
"""

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from backend import clock, db
from backend.capture import sync
from backend.capture.ingest import Context
from backend.capture.leaving_out import Limits
from backend.capture.matching import match
from backend.models.mailboxes import Mailbox
from backend.models.org import Organization, User
from backend.models.schema import migrate
from backend.people import writing
from backend.people.values import Actor, Facts, Stored
from backend.providers.mail import Changes, FetchedMail, Identity, Listing
from backend.settings import Settings
from backend.tracking.tokens import TokenKeys
from benchmarks.bars import tell
from benchmarks.drain import SECRET
from benchmarks.postgres import running_postgres

FILL_BATCH = 5_000
PAGE = 500
WRITERS = 2_000
ADDRESSES = 1_000
RATE_BAR, MATCH_BAR_MS, MEMORY_BAR_MB = 400, 10, 250
BODY = "Hello,\r\n\r\nthank you for your mail. " + "We will look at the offer. " * 60


class Generated:
    """A mailbox whose mails are made when they are fetched."""

    def __init__(self, mails: int, people: int) -> None:
        self._mails, self._people = mails, people
        self._now = clock.now()

    def identity(self) -> Identity:
        """Whose it is."""
        return Identity("rep@ours.test")

    def baseline(self) -> str:
        """Nothing has changed since."""
        return "0"

    def changes(self, place: str, page: str | None) -> Changes:
        """Nothing ever changes."""
        return Changes((), place=place)

    def listing(self, since: datetime, page: str | None) -> Listing:
        """Every mail, the newest first."""
        start = int(page or 0)
        ids = tuple(str(number) for number in range(start, min(start + PAGE, self._mails)))
        following = start + PAGE
        return Listing(ids, str(following) if following < self._mails else None, self._mails)

    def fetch(self, ids: Sequence[str]) -> Iterator[tuple[str, FetchedMail]]:
        """The mails of these numbers."""
        return ((provider_id, self._mail(provider_id)) for provider_id in ids)

    def _mail(self, provider_id: str) -> FetchedMail:
        number = int(provider_id)
        is_sent = number % 2 == 0
        who = address_of(number % WRITERS * (self._people // WRITERS))
        sender, to = ("rep@ours.test", who) if is_sent else (who, "rep@ours.test")
        answers = f"In-Reply-To: <{number + 1}@mail.test>\r\n" if number % 4 == 1 else ""
        raw = (
            f"Message-ID: <{number}@mail.test>\r\n{answers}From: {sender}\r\nTo: {to}\r\n"
            f"Cc: somebody{number}@else.test\r\nSubject: Mail {number}\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{BODY}"
        )
        at = self._now - timedelta(minutes=number)
        thread = f"t{number // 4}"
        return FetchedMail(provider_id, thread, at, is_sent, False, False, False, raw.encode())


def main() -> int:
    """Measure both engines and print a table; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--engine", choices=("sqlite", "postgres"))
    options = parser.parse_args()
    engines = [options.engine] if options.engine else ["sqlite", "postgres"]
    print("engine     mails/s   median ms   p99 ms   1,000 addresses ms   memory MB")
    return max(measure(engine, options.mails, options.people) for engine in engines)


def measure(engine: str, mails: int, people: int) -> int:
    """One engine's row; 1 if a bar is missed."""
    with store(engine), db.connection():
        org, user = fill(people)
        if engine == "postgres":
            # Autovacuum does so a minute later, and leaves alone what has no rows yet: told that
            # a table is empty, the server would plan every check of a reference as a walk through.
            db.execute("VACUUM ANALYZE person, person_address, person_word")
        before = memory_mb()
        times = take_in(org, user, mails, people)
        matched = match_ms(org, people)
        grown = memory_mb() - before
    rate = mails / sum(times)
    print(
        f"{engine:9} {rate:8,.0f} {statistics.median(times) * 1000:11.2f}"
        f" {statistics.quantiles(times, n=100)[98] * 1000:8.2f} {matched:20.1f} {grown:11.0f}"
    )
    kept = (
        tell(f"capture, {engine}: mails/s", rate, RATE_BAR),
        tell(f"capture, {engine}: ms for 1,000 addresses", matched, MATCH_BAR_MS, is_most=True),
        tell(f"capture, {engine}: MB", grown, MEMORY_BAR_MB, is_most=True),
    )
    return int(not all(kept))


def take_in(org: Organization, user: User, mails: int, people: int) -> list[float]:
    """Seconds for each mail, turn by turn, until the mailbox is at rest."""
    mailbox = Mailbox.create(
        org_id=org.id, user_id=user.id, provider="google", address="rep@ours.test"
    )
    provider = Generated(mails, people)
    limits = Limits(internal_domains=frozenset({"ours.test"}))
    context = Context(TokenKeys(SECRET), lambda _mailbox: limits)
    times: list[float] = []
    while True:
        began = time.perf_counter()
        turn = sync.sync(Mailbox.get_by_id(mailbox.id), provider, context, "bench")
        assert turn
        taken = turn.taken_in + turn.left_out
        times.extend([(time.perf_counter() - began) / max(taken, 1)] * taken)
        if turn.is_over:
            return times


def match_ms(org: Organization, people: int) -> float:
    """The median of matching ADDRESSES addresses at once."""
    step = max(1, people // ADDRESSES)
    wanted = [address_of(number * step) for number in range(ADDRESSES)]
    times = []
    for _ in range(9):
        began = time.perf_counter()
        match(org.id, wanted)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def fill(people: int) -> tuple[Organization, User]:
    """An organisation with that many people."""
    org = Organization.create(name="Bench")
    user = User.create(org_id=org.id, email="rep@ours.test", name="Rep", role="rep")
    actor = Actor(org.id, user.id)
    for start in range(0, people, FILL_BATCH):
        batch = range(start, min(start + FILL_BATCH, people))
        with db.transaction():
            writing.insert(actor, [_person(number) for number in batch])
    return org, user


def _person(number: int) -> Stored:
    facts = Facts(name=f"Person {number}", addresses=(address_of(number),))
    return Stored(clock.new_id(), "bench", str(number), None, facts)


def address_of(number: int) -> str:
    """The address of a person."""
    return f"person{number}@company{number % 97}.test"


@contextmanager
def store(engine: str) -> Iterator[None]:
    """A fresh database of that engine."""
    with tempfile.TemporaryDirectory() as folder, running_postgres(engine) as url:
        settings = Settings(data_dir=Path(folder), database_url=url, secret=SECRET)
        opened = db.open_store(settings)
        migrate(settings)
        yield
        opened.close_all()


def memory_mb() -> float:
    """The largest this process was."""
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    sys.exit(main())
