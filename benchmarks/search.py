"""What a search costs the server among a million mails of one sender, and the pages of Sent.

    python -m benchmarks.search [--mails 1000000] [--engine sqlite|postgres]

Subjects have five words out of 2,000, frequent ones as in a language; each mail has one recipient
of 50,000. The whole request through the app, without the network. Bar: the Feed's.
"""

import argparse
import random
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from flask.testing import FlaskClient

from backend import clock, db
from backend.app import create_app
from backend.models.access import Scope, issue_token
from backend.models.org import User
from backend.models.schema import migrate
from backend.settings import Settings
from backend.tracking import mail_index
from benchmarks import drain
from benchmarks.bars import tell
from benchmarks.postgres import running_postgres

ROUNDS = 40
LOT = 20_000
PEOPLE = 50_000
WORDS = [f"word{number}" for number in range(2_000)]
BAR_MS = 60.0
QUESTIONS = {
    "Sent, newest 50": "/api/v1/stamps",
    "Sent, a frequent word": "/api/v1/stamps?q=word0",
    "Sent, a rare word": "/api/v1/stamps?q=needle",
    "Sent, both": "/api/v1/stamps?q=word0+needle",
    "Sent, a recipient": "/api/v1/stamps?q=p4711%40x.test",
    "Sent, nothing has it": "/api/v1/stamps?q=nowhere",
    "all, a frequent word": "/api/v1/search?q=word0",
    "all, a rare word": "/api/v1/search?q=needle",
    "all, both": "/api/v1/search?q=word0+needle",
    "all, nothing has it": "/api/v1/search?q=nowhere",
}


def main() -> None:
    """Print p50 and p95 in milliseconds for each engine and question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=1_000_000)
    parser.add_argument("--engine", choices=("sqlite", "postgres"), action="append")
    chosen = parser.parse_args()
    for engine in chosen.engine or ("sqlite", "postgres"):
        _measure(engine, chosen.mails)


def _measure(engine: str, mails: int) -> None:
    with tempfile.TemporaryDirectory() as folder, running_postgres(engine) as url:
        settings = Settings(
            data_dir=Path(folder), secret=drain.SECRET, database_url=url, playground=False
        )
        store = db.open_store(settings)
        migrate(settings)
        drain.USERS, drain.NOW, drain.MAILS = 1, clock.now(), 1
        with db.connection():
            drain.fill(0, random.Random(7))
            user = User.select().first()
            _fill(user, mails)
            if db.is_postgres():
                db.execute("ANALYZE")  # autovacuum does it a minute later
            token = issue_token(user, Scope.READ)
        store.close_all()
        app = create_app(settings)
        for name, path in QUESTIONS.items():
            _time(app.test_client(), path, token, f"{engine} {mails:,} {name}")
        app.extensions["store"].close_all()


def _fill(user: User, mails: int) -> None:
    seed = random.Random(7)
    for start in range(0, mails, LOT):
        lot = range(start, min(start + LOT, mails))
        rows: dict[str, list[tuple]] = {name: [] for name in drain.TABLES}
        for number in lot:
            for name, row in _mail(user, number, seed).items():
                rows[name].append(row)
        with db.transaction():
            for name in ("email_message", "stamp", "participant"):
                db.insert_rows(name, drain.TABLES[name], rows[name])
        while mail_index.write(LOT):
            pass
        print(f"\r{lot.stop:,} mails", end="", flush=True)
    print()


def _mail(user: User, number: int, seed: random.Random) -> dict[str, tuple]:
    message, at = clock.new_id(), drain.NOW - timedelta(seconds=number)
    words = [WORDS[int(2_000 * seed.random() ** 4)] for _ in range(5)]
    subject = " ".join([*words, "needle"] if number % 5_000 == 4_999 else words)
    address = f"p{seed.randrange(PEOPLE)}@x.test"
    return {
        "email_message": (message, user.org_id, user.id, "out", "sent", subject, at, at),
        "stamp": (clock.new_id(), user.org_id, user.id, message, "api", True, True, 0, "sent",
                  at, at, at),
        "participant": (clock.new_id(), user.org_id, message, 1, "to", address, "track"),
    }  # fmt: skip


def _time(client: FlaskClient, path: str, token: str, what: str) -> None:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
        answer.get_data()
        times.append((time.perf_counter() - start) * 1000)
        assert answer.status_code == 200, answer.text
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{what:<44} p50 {statistics.median(times):>8.1f}", flush=True)
    tell(f"search, {what}: p95 ms", p95, BAR_MS, is_most=True)


if __name__ == "__main__":
    main()
