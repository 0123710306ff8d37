"""How many hits a second the drain takes in: out of the edge's log, classified, folded, synced.

    python -m benchmarks.drain [--hits 40000] [--rows 100000,1000000] [--engine sqlite|postgres]

Hits come on 20,000 mails of 500 reps, 64 to an append of the edge as under load; the tables are
filled to the given number of engagements first. The time is that to the last hit's mark in the log,
all syncs and checkpoints in it; a batch before, drained to its end, warms up. The processor time is
that of the drain's own process; on PostgreSQL its takers work beside it.
"""

import argparse
import gc
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backend import clock, db
from backend.drain.pace import FIRST
from backend.drain.steps import Drain
from backend.models.schema import migrate
from backend.settings import Settings
from backend.tracking.facts import Kind, NetworkFacts, RawHit
from backend.tracking.hitlog import Tally, open_sink, open_source
from benchmarks.bars import tell
from benchmarks.postgres import running_postgres
from tests.hitlog import put

SECRET = "a secret for benchmarks that is long enough"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
AGENTS = (
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.5134; MSOffice 16)",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Mozilla/5.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/154.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Mobile/15E148",
)
PACKET = 64  # hits that the edge's clients wait for at once
BARS = {"sqlite": 10_000, "postgres": 15_000}
USERS, MAILS = 500, 20_000


def fill(
    rows: int, seed: random.Random, spread: timedelta = timedelta(days=365)
) -> list[tuple[str, str]]:
    """Reps, mails and `rows` engagements over `spread`; gives (open, click) tokens a mail."""
    org, users = clock.new_id(), [clock.new_id() for _ in range(USERS)]
    db.execute(
        "INSERT INTO organization (id, name, created_at) VALUES (%s, 'Bench', %s)", [org, NOW]
    )
    db.insert_rows(
        '"user"',
        ("id", "org_id", "email", "name", "role", "created_at"),
        [(one, org, f"{n}@bench.test", "Rep", "rep", NOW) for n, one in enumerate(users)],
    )
    mails = [_mail(number, org, users[number % USERS], seed) for number in range(MAILS)]
    for table, columns in TABLES.items():
        db.insert_rows(table, columns, [mail.rows[table] for mail in mails])
    _fill_engagements(rows, mails, org, seed, spread)
    return [mail.tokens for mail in mails]


TABLES = {
    "email_message": (
        *("id", "org_id", "user_id", "direction", "status", "subject", "sent_at", "created_at"),
    ),
    "stamp": (
        *("id", "org_id", "user_id", "message_id", "channel", "opens", "links", "link_count"),
        *("state", "sent_at", "created_at", "updated_at"),
    ),
    "stamp_copy": ("id", "org_id", "stamp_id", "address", "pixel_token", "unsubscribe_token"),
    "tracked_link": (
        *("id", "org_id", "stamp_id", "copy_id", "position", "occurrence", "url", "text", "token"),
    ),
    "participant": ("id", "org_id", "message_id", "position", "role", "address", "decision"),
}


@dataclass(frozen=True)
class Mail:
    """A stamped mail with its rows by table."""

    stamp: str
    copy: str
    user: str
    tokens: tuple[str, str]
    rows: dict[str, tuple]


def _mail(number: int, org: str, user: str, seed: random.Random) -> Mail:
    at = NOW - timedelta(days=seed.random() * 30)
    message, stamp, copy = (clock.new_id(at) for _ in range(3))
    tokens = f"o{number:031}", f"c{number:031}"
    address = f"p{number}@bench.test"
    rows = {
        "email_message": (message, org, user, "sent", "sent", f"Offer {number}", at, at),
        "stamp": (stamp, org, user, message, "api", True, True, 1, "sent", at, at, at),
        "stamp_copy": (copy, org, stamp, address, tokens[0], f"u{number:031}"),
        "tracked_link": (
            *(clock.new_id(), org, stamp, copy, 0, 0, "https://a.test", "A", tokens[1]),
        ),
        "participant": (clock.new_id(), org, message, 0, "to", address, "track"),
    }
    return Mail(stamp, copy, user, tokens, rows)


HIT_COLUMNS = (
    *("id", "received_at", "org_id", "stamp_id", "copy_id", "kind", "agent_id", "reader_key"),
)
ENGAGEMENT_COLUMNS = (
    *("id", "occurred_at", "last_at", "org_id", "user_id", "stamp_id", "copy_id", "kind"),
    *("verdict", "confidence", "reasons", "is_counted", "repeats", "client", "device"),
    *("client_label", "rules_version"),
)
CHUNK = 20_000


def _fill_engagements(
    rows: int, mails: list[Mail], org: str, seed: random.Random, spread: timedelta
) -> None:
    """Hits and engagements as the drain leaves them, in the order of time."""
    agent = clock.new_id()
    db.execute("INSERT INTO agent (id, facts, seen_at) VALUES (%s, %s, %s)", [agent, "{}", NOW])
    for start in range(0, rows, CHUNK):
        hits, engaged = [], []
        for number in range(start, min(start + CHUNK, rows)):
            at = NOW - spread + 0.99 * spread * (number / rows)
            mail, row_id = seed.choice(mails), clock.new_id(at)
            hits.append((row_id, at, org, mail.stamp, mail.copy, "o", agent, b"k" * 16))
            engaged.append(
                (
                    *(row_id, at, at, org, mail.user, mail.stamp, mail.copy, "open"),
                    *("human", 0.9, '["mail_client"]', seed.random() < 0.6, 0, "Outlook"),
                    *("desktop", "Outlook", 1),
                )
            )
        with db.transaction():
            db.insert_rows("hit", HIT_COLUMNS, hits)
            db.insert_rows("engagement", ENGAGEMENT_COLUMNS, engaged)


def hits_on(tokens: list[tuple[str, str]], count: int, seed: random.Random) -> list[RawHit]:
    """Hits in the order of time, 10,000 a second."""
    made = []
    for number in range(count):
        at = NOW + timedelta(microseconds=100 * number)
        pixel, link = seed.choice(tokens)
        is_click = seed.random() < 0.2
        made.append(
            RawHit(
                id=clock.new_id(at),
                token=link if is_click else pixel,
                kind=Kind.CLICK if is_click else Kind.OPEN,
                received_at=at,
                user_agent=seed.choice(AGENTS),
                reader_key=seed.randbytes(16),
                network=NetworkFacts(asn=3320, country="DE"),
            )
        )
    return made


def fill_log(hits: list[RawHit], settings: Settings) -> None:
    """Have the edge's log store these hits."""
    sink = open_sink(settings)
    for start in range(0, len(hits), PACKET):
        put(sink, hits[start : start + PACKET], Tally())
    sink.close()


@contextmanager
def store(engine: str) -> Iterator[Settings]:
    """A new database of that engine, migrated and bound; the settings that name it."""
    with tempfile.TemporaryDirectory() as folder, running_postgres(engine) as url:
        settings = Settings(data_dir=Path(folder), secret=SECRET, database_url=url)
        opened = db.open_store(settings, lazy=True)  # as the drain does
        migrate(settings)
        yield settings
        opened.close_all()


def main() -> None:
    """Print hits a second for each engine and table size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hits", type=int, default=40_000)
    parser.add_argument("--rows", default="100000")
    parser.add_argument("--engine", choices=("sqlite", "postgres"), action="append")
    chosen = parser.parse_args()
    print(f"{'engine':<10} {'engagements':>12} {'hits/s':>9} {'CPU us/hit':>11}")
    for engine in chosen.engine or ("sqlite", "postgres"):
        for rows in map(int, chosen.rows.split(",")):
            seed = random.Random(7)
            with store(engine) as settings:
                with db.connection():
                    tokens = fill(rows, seed)
                hits = hits_on(tokens, FIRST + chosen.hits, seed)
                wall, cpu = _drained(settings, hits)
            count = chosen.hits
            print(f"{engine:<10} {rows:>12,} {count / wall:>9,.0f} {cpu / count * 1e6:>11.1f}")
            tell(f"drain, {engine}, {rows:,} rows: hits/s", count / wall, BARS[engine])


def _drained(settings: Settings, hits: list[RawHit]) -> tuple[float, float]:
    """Drain the hits; the seconds and the processor seconds of all but the first batch."""
    drain = Drain(settings, open_source(settings))
    gc.disable()  # as `drain.run` does
    for part in hits[:FIRST], hits[FIRST:]:  # nothing of the second is begun with the first
        fill_log(part, settings)
        start, cpu = time.perf_counter(), time.process_time()
        while drain.step():
            pass
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    gc.enable()
    drain.close()
    return wall, cpu


if __name__ == "__main__":
    main()
