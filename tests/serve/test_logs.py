"""What a process says of itself: one line per event, at the level chosen, nothing personal."""

import logging
import subprocess
import sys

import pytest
import redis

from backend.serve.logs import FORMAT, Calm, Lines
from tests.processes import ROOT


def line(message, *arguments, error=None, name="some.part", **extra):
    """An event as it is written, after its date and time."""
    trace = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.WARNING, "x", 1, message, arguments, trace)
    vars(record).update(extra)
    return Lines(FORMAT).format(record).partition("WARNING ")[2]


LINES = (
    ("what was said", line("kept house"), "some.part kept house"),
    ("with its extras", line("kept", agents=3, kind="x"), "some.part kept agents=3 kind=x"),
    ("a line break", line("a\nWARNING forged"), "some.part a\\nWARNING forged"),
    ("a carriage return", line("a%s", "\r\nb"), "some.part a\\r\\nb"),
    ("a terminal's escape", line("a\x1b[2Jb\x9b"), "some.part a\\x1b[2Jb\\x9b"),
    ("a line break in an extra", line("a", path="b\nc"), "some.part a path=b\\nc"),
    ("half a surrogate pair", line("a\ud800"), "some.part a\\ud800"),
    ("an address", line("to carol@northwind.test, twice"), "some.part to <address>, twice"),
    ("an address in brackets", line("(email)=(a.b+c@d.test)"), "some.part (email)=(<address>)"),
    ("an API token", line(f"Bearer tt_api_{'aB3_-' * 8}xyz"), "some.part Bearer <secret>"),
    ("a code", line(f"/signin/{'aB3_-' * 8}xyz"), "some.part /signin/<secret>"),
    ("a tracking token", line(f"/o/{'abcd2345' * 4}.gif"), "some.part /o/<token>.gif"),
    ("an id", line("0190f3a8-0000-7000-8000-000000000000"),
     "some.part 0190f3a8-0000-7000-8000-000000000000"),
)  # fmt: skip


@pytest.mark.parametrize(("why", "told", "expected"), LINES, ids=[row[0] for row in LINES])
def test_an_event_is_one_harmless_line(why, told, expected):
    assert told == expected


def test_an_error_has_its_trace_below_without_what_it_quoted():
    try:
        raise ValueError("carol@northwind.test is taken\x1b[2J")
    except ValueError as error:
        told = line("unexpected error", error=error)

    first, second, *_, last = told.splitlines()
    assert first == "some.part unexpected error"
    assert second == "Traceback (most recent call last):"
    assert last == "ValueError: <address> is taken\\x1b[2J"


def test_a_queue_whose_server_is_away_is_one_line_without_a_trace():
    client = redis.Redis(port=1, retry=None)
    with pytest.raises(redis.ConnectionError) as away:
        client.ping()

    told = line("Error reading from queue", error=away.value, name="huey.consumer.Worker")
    ours = line("Error reading from queue", error=away.value)

    assert told.startswith("huey.consumer.Worker Error reading from queue (Error ")
    assert told.endswith(")")
    assert "\n" not in told
    assert "\nTraceback" in ours


def test_advice_that_we_have_considered_is_dropped():
    def passes(message):
        return Calm().filter(logging.LogRecord("x", logging.WARNING, "x", 1, message, (), None))

    assert not passes("Configuration allows spawning up to 1024 Python threads, which seems quite "
                      "high compared to the number of CPU cores available.")  # fmt: skip
    assert passes("worker ended")


PROGRAM = """
import logging, sys
from backend.serve import logs
logs.configure(sys.argv[1])
for name in ("backend.x", "huey", "peewee"):
    for level in ("debug", "info", "warning"):
        getattr(logging.getLogger(name), level)(level)
"""


@pytest.mark.parametrize(
    ("level", "said"),
    [
        ("DEBUG", {"backend.x": 3, "huey": 3, "peewee": 2}),
        ("INFO", {"backend.x": 2, "huey": 1, "peewee": 1}),
        ("WARNING", {"backend.x": 1, "huey": 1, "peewee": 1}),
        ("ERROR", {"backend.x": 0, "huey": 0, "peewee": 0}),
    ],
)
def test_the_level_chooses_what_is_said(level, said):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, level], cwd=ROOT, capture_output=True, text=True
    )

    names = [told.split()[3] for told in done.stderr.splitlines()]
    assert {name: names.count(name) for name in said} == said
    assert done.stdout == ""
