"""What a Feed request costs the server, over a growing table.

    python -m benchmarks.feed [--rows 100000,1000000] [--users 1,500] [--engine sqlite|postgres]

The whole request through the app (token, query, JSON), without the network: the newest 50, a page
in the middle, with automatic ones, and the poll that finds nothing new (304).
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
from benchmarks import drain
from benchmarks.bars import tell
from benchmarks.postgres import running_postgres

ROUNDS = 200
BARS = {"newest 50": 15.0, "unchanged (304)": 2.0}


def main() -> None:
    """Print p50 and p95 in milliseconds for each engine and table size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="100000")
    parser.add_argument("--users", default="500")
    parser.add_argument("--engine", choices=("sqlite", "postgres"), action="append")
    chosen = parser.parse_args()
    print(f"{'engine':<9} {'rows':>10} {'reps':>5}  {'request':<16} {'p50 ms':>7} {'p95 ms':>7}")
    for engine in chosen.engine or ("sqlite", "postgres"):
        for rows in map(int, chosen.rows.split(",")):
            for users in map(int, chosen.users.split(",")):
                _measure(engine, rows, users)


def _measure(engine: str, rows: int, users: int) -> None:
    with tempfile.TemporaryDirectory() as folder, running_postgres(engine) as url:
        settings = Settings(
            data_dir=Path(folder), secret=drain.SECRET, database_url=url, playground=False
        )
        store = db.open_store(settings)
        migrate(settings)
        drain.USERS, drain.NOW = users, clock.now()
        with db.connection():
            drain.fill(rows, random.Random(7), spread=timedelta(days=30))
            if db.is_postgres():
                db.execute("ANALYZE")  # autovacuum does it a minute later
            token = issue_token(User.select().order_by(User.email).first(), Scope.READ)
        store.close_all()
        app = create_app(settings)
        client = app.test_client()
        auth = {"Authorization": f"Bearer {token}"}
        first = client.get("/api/v1/feed", headers=auth)
        middle = client.get("/api/v1/feed?limit=200", headers=auth).json["next"]
        asked = {
            "newest 50": ("/api/v1/feed", {}),
            "next page": (f"/api/v1/feed?before={middle}", {}),
            "with automatic": ("/api/v1/feed?include_automatic=true", {}),
            "unchanged (304)": ("/api/v1/feed", {"If-None-Match": first.headers["ETag"]}),
        }
        place = f"{engine:<9} {rows:>10,} {users:>5}"
        for name, (path, headers) in asked.items():
            p95 = _time(client, path, auth | headers, f"{place}  {name:<16}")
            if name in BARS:
                what = f"feed, {' '.join(place.split())} {name}: p95 ms"
                tell(what, p95, BARS[name], is_most=True)
        app.extensions["store"].close_all()


def _time(client: FlaskClient, path: str, headers: dict[str, str], what: str) -> float:
    """Print the median and p95 in milliseconds, and return p95."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        client.get(path, headers=headers).get_data()
        times.append((time.perf_counter() - start) * 1000)
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{what} {statistics.median(times):>7.2f} {p95:>7.2f}", flush=True)
    return p95


if __name__ == "__main__":
    main()
