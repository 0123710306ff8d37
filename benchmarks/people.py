"""How fast people are imported, and how fast they are listed, searched and looked up among many.

    python -m benchmarks.people [--rows 100000] [--people 1000000] [--engine sqlite|postgres]

The import comes first, in a fresh database: the file new, the same file again, and the file with
every company changed. Then the organisation is filled up to `--people` and asked.
"""

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend import clock, db
from backend.models.org import Organization, User
from backend.models.schema import migrate
from backend.people import finding, writing
from backend.people.importing import import_file
from backend.people.values import Actor, Facts, Stored
from backend.settings import Settings
from benchmarks.drain import SECRET
from benchmarks.postgres import running_postgres

FIRST = 300  # first names, last names and companies that people share
LAST = 20_000
COMPANIES = 50_000
FILL_BATCH = 5_000
ASKED = 15  # times each question is put; the median and the slowest are printed
SYLLABLES = ("an", "bel", "cor", "da", "el", "fin", "gro", "ha", "il", "jo", "ka", "lu", "mi", "no")


def word(number: int) -> str:
    """A name for a number, the same one each time."""
    letters = ""
    while number or not letters:
        number, rest = divmod(number, len(SYLLABLES))
        letters += SYLLABLES[rest]
    return letters.title()


class File:
    """A CSV file of so many people, made while it is read."""

    def __init__(self, rows: int, suffix: str) -> None:
        self._lines = self._make(rows, suffix)
        self._left = b""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""
        while len(self._left) < size and (line := next(self._lines, b"")):
            self._left += line
        chunk, self._left = self._left[:size], self._left[size:]
        return chunk

    def _make(self, rows: int, suffix: str) -> Iterator[bytes]:
        yield b"external_id,source,kind,name,email,company,country,owner,phone\n"
        seed = random.Random(7)
        for number in range(rows):
            name = f"{word(seed.randrange(FIRST))} {word(seed.randrange(LAST))}"
            company = seed.randrange(COMPANIES)
            yield (
                f"{number},crm,lead,{name},p{number}@{word(company).lower()}.test,"
                f"{word(company)} {suffix},DE,rep@bench.test,+49 30 {number}\n"
            ).encode()


def measure_import(actor: Actor, rows: int) -> None:
    """Import the file three times and print what became of it, the time and the memory."""
    before = _peak_mb()
    for why, suffix in (("new", "Ltd"), ("the same", "Ltd"), ("changed", "Inc")):
        start = time.perf_counter()
        report = import_file(actor, File(rows, suffix))
        took = time.perf_counter() - start
        print(
            f"  import {why:10} {took:6.1f} s  {rows / took:8,.0f} rows/s  added {report.added}"
            f" updated {report.updated} unchanged {report.unchanged} failed {report.failed}"
            f"  memory +{_peak_mb() - before:.0f} MB"
        )


def fill(actor: Actor, present: int, wanted: int) -> None:
    """Add people up to `wanted`."""
    seed = random.Random(11)
    for start in range(present, wanted, FILL_BATCH):
        batch = []
        for number in range(start, min(start + FILL_BATCH, wanted)):
            company = word(seed.randrange(COMPANIES))
            facts = Facts(
                name=f"{word(seed.randrange(FIRST))} {word(seed.randrange(LAST))}",
                addresses=(f"p{number}@{company.lower()}.test",),
                company=company,
            )
            batch.append(Stored(clock.new_id(), "fill", str(number), None, facts))
        with db.connection(), db.transaction():
            writing.insert(actor, batch)


def measure_asking(org_id: str) -> None:
    """Put each question some times and print how long it took."""
    middle = finding.page(org_id, finding.Query(q=word(150))).next
    some = finding.page(org_id, finding.Query(limit=200)).items[-1]
    questions = {
        "first page": finding.Query(),
        "page further on": finding.Query(before=middle),
        "leads": finding.Query(kind="lead"),
        "a first name": finding.Query(q=word(150)),
        "a last name": finding.Query(q=word(19_876)),
        "first and last name": finding.Query(q=some.name),
        "a company": finding.Query(q=f"{word(4_321)}.test"),
        "an address": finding.Query(q=some.addresses[0]),
        "two letters": finding.Query(q="an"),
        "what most people have": finding.Query(q="p"),
        "nobody": finding.Query(q="zzzz"),
    }
    for name, query in questions.items():
        _ask(name, lambda query=query: len(finding.page(org_id, query).items))
    _ask("look an address up", lambda: len(finding.at_address(org_id, some.addresses[0])))


def _ask(name, question) -> None:
    times = []
    for _ in range(ASKED):
        start = time.perf_counter()
        found = question()
        times.append((time.perf_counter() - start) * 1000)
    print(f"  {name:24} {statistics.median(times):8.1f} ms  slowest {max(times):8.1f}  ({found})")


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def _database(engine: str) -> Iterator[Actor]:
    with tempfile.TemporaryDirectory() as folder, running_postgres(engine) as url:
        settings = Settings(
            data_dir=Path(folder), database_url=url, secret=SECRET, playground=False, port=8000
        )
        store = db.open_store(settings)
        migrate(settings)
        with db.connection():
            org = Organization.create(name="Bench")
            rep = User.create(org_id=org.id, email="rep@bench.test", name="Rep", role="rep")
        yield Actor(org.id, rep.id)
        store.close_all()


def main() -> None:
    """Run it for one engine or for both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--engine", choices=("sqlite", "postgres"))
    chosen = parser.parse_args()
    for engine in [chosen.engine] if chosen.engine else ["sqlite", "postgres"]:
        print(f"{engine}: {chosen.rows:,} rows imported, {chosen.people:,} people asked")
        with _database(engine) as actor:
            measure_import(actor, chosen.rows)
            fill(actor, chosen.rows, chosen.people)
            with db.connection():
                if engine == "postgres":
                    db.execute("ANALYZE")  # autovacuum does it a minute later
                measure_asking(actor.org_id)


if __name__ == "__main__":
    main()
