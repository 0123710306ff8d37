"""The relay between a client and a sink: what it adds to a mail of 100 kB, mails of 50 kB a second.

The client, the sink and the relay share the cores. Exit code 1 if a bar is missed.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from backend import clock, db
from backend.models.org import Organization, User
from backend.models.schema import migrate
from backend.settings import Settings
from benchmarks.bars import tell
from benchmarks.drain import SECRET
from benchmarks.measuring import cpu_seconds
from benchmarks.postgres import running_postgres
from benchmarks.smtp_ends import send_all
from tests.waiting import free_port, is_answering, wait_until

ADDED_MS, RATE = 50, 100  # the bars
PARAGRAPH = (
    '<p>Dear reader, this is the paragraph {n} of an offer, with <a href="https://example.com/{n}">'
    "a link</a> in it and some more words so that it is as long as people's paragraphs are.</p>\r\n"
)


def mail(number: int, size: int) -> bytes:
    """A mail of some `size` bytes: half HTML with a link each 1,900 bytes, half attachment."""
    html = ""
    while len(html) < size // 2:
        html += PARAGRAPH.format(n=len(html)) + f"<p>{'word ' * 340}</p>\r\n"
    attachment = ("QUJD" * 18 + "\r\n") * (size // 2 // 74)
    return (
        "From: Rep <rep@bench.test>\r\nTo: Reader <reader@bench.test>\r\nSubject: Offer\r\n"
        f"Message-ID: <{number}.{clock.new_id()}@bench.test>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="mix"\r\n\r\n--mix\r\n'
        "Content-Type: text/html; charset=utf-8\r\n\r\n"
        f"{html}\r\n--mix\r\nContent-Type: application/pdf\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{attachment}\r\n--mix--\r\n"
    ).encode()


@contextmanager
def running(engine: str) -> Iterator[tuple[int, int, int]]:
    """A relay with its sink: (relay's port, sink's port, relay's process id)."""
    with tempfile.TemporaryDirectory() as folder, running_postgres(engine) as url:
        port, sink_port = free_port(), free_port()
        settings = Settings(data_dir=Path(folder), secret=SECRET, database_url=url)
        _fill(settings)
        variables = {
            "DATA_DIR": folder,
            "SECRET": SECRET,
            "DATABASE_URL": url,
            "RELAY_PORT": str(port),
            "RELAY_HEALTH_PORT": str(free_port()),
            "RELAY_SMARTHOST": f"smtp+plain://127.0.0.1:{sink_port}",
        }
        commands = ["benchmarks.smtp_ends", "sink", str(sink_port)], ["backend", "relay"]
        processes = [
            subprocess.Popen([sys.executable, "-m", *command], env={**os.environ, **variables})
            for command in commands
        ]
        try:
            for each in (sink_port, port):
                wait_until(partial(is_answering, each), what=f"an answer on port {each}")
            yield port, sink_port, processes[1].pid
        finally:
            for process in processes:
                process.terminate()
                process.wait()


def _fill(settings: Settings) -> None:
    store = db.open_store(settings)
    migrate(settings)
    with db.connection():
        org = Organization.create(name="Bench")
        User.create(
            org_id=org.id,
            email="rep@bench.test",
            name="Rep",
            role="rep",
            preferences={"opens": True, "links": True},
        )
    store.close_all()


def added_ms(port: int, sink_port: int, count: int) -> float:
    """The median of what the relay adds to a mail of 100 kB, one at a time."""
    direct = asyncio.run(send_all(sink_port, [mail(n, 100_000) for n in range(count)], 1))
    asyncio.run(send_all(port, [mail(n, 100_000) for n in range(10)], 1))  # warm
    through = asyncio.run(send_all(port, [mail(n, 100_000) for n in range(count)], 1))
    return (statistics.median(through) - statistics.median(direct)) * 1000


def main() -> int:
    """Print both figures for each engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=400)
    parser.add_argument("--engine", choices=("sqlite", "postgres"), action="append")
    chosen = parser.parse_args()
    kept = True
    print(f"{'engine':<10} {'adds to 100 kB':>15} {'50 kB mails/s':>14} {'CPU ms/mail':>12}")
    for engine in chosen.engine or ("sqlite", "postgres"):
        with running(engine) as (port, sink_port, pid):
            added = added_ms(port, sink_port, 50)
            mails = [mail(number, 50_000) for number in range(chosen.mails)]
            start, cpu = time.perf_counter(), cpu_seconds([pid])
            asyncio.run(send_all(port, mails, 8))
            rate = len(mails) / (time.perf_counter() - start)
            each = (cpu_seconds([pid]) - cpu) / len(mails) * 1000
        print(f"{engine:<10} {added:>12.1f} ms {rate:>14.0f} {each:>12.1f}")
        kept &= tell(f"relay, {engine}: ms added to 100 kB", added, ADDED_MS, is_most=True)
        kept &= tell(f"relay, {engine}: mails of 50 kB a second", rate, RATE)
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
