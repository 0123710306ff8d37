"""What our processes tell their operator: one line per event on standard error, nothing personal.

LOG_LEVEL chooses from which level on; without it only what needs somebody's attention is said.
A line carries what `extra` holds as `key=value`. Control characters are written out, so that no
request can forge a line or reach the terminal; what looks like an address, a token or a code is
left out, should a library's error have quoted one.
"""

import logging
import re
import sys
from typing import Any

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
# How much these may say: usually, and at DEBUG. They tell of their own start and end at INFO; the
# pool warns of every attempt of its own, where we report what failed; peewee's DEBUG is every
# statement with its values; and hostile mail makes flufl.bounce write a trace, where we go on.
CHATTY = {
    "flufl.bounce": (logging.CRITICAL, logging.DEBUG),
    "huey": (logging.WARNING, logging.DEBUG),
    "peewee": (logging.WARNING, logging.INFO),
    "psycopg.pool": (logging.ERROR, logging.DEBUG),
}

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SECRETS = (
    (re.compile(r"[^\s<>()\"'=,;:]+@[^\s<>()\"'=,;:]+\.[^\s<>()\"'=,;:]+"), "<address>"),
    (re.compile(r"\b(?:tt_[a-z]+_)?[\w-]{43}(?![\w-])"), "<secret>"),
    (re.compile(r"\b[a-zA-Z2-7]{32}\b"), "<token>"),
)


def configure(level: str) -> None:
    """Have this process log from that level on, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines(FORMAT))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, (usually, at_debug) in CHATTY.items():
        least = at_debug if level == "DEBUG" else usually
        logging.getLogger(name).setLevel(max(least, logging.getLogger().level))


def for_granian() -> dict[str, Any]:
    """The settings with which a granian server logs to the same place in the same way."""
    handler = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "lines"}
    return {
        "formatters": {"lines": {"()": Lines, "fmt": FORMAT}},
        "filters": {"calm": {"()": Calm}},
        "handlers": {"console": handler | {"filters": ["calm"]}},
        "loggers": {"_granian": {"handlers": ["console"], "propagate": False}},
    }


class Calm(logging.Filter):
    """Drops granian's advice on the number of threads, which we have chosen and measured."""

    def filter(self, record: logging.LogRecord) -> bool:
        """False for that advice."""
        return "Python threads, which seems quite high" not in record.getMessage()


class Lines(logging.Formatter):
    """Formats an event as one line, and an unexpected error with its trace below."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with the event's extras, without control characters and secrets."""
        record.exc_text = None  # another formatter may have left the whole trace there
        line, newline, trace = super().format(record).partition("\nTraceback")
        if away := _away(record):
            line, newline, trace = f"{line} ({away})", "", ""
        extras = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        told = "".join(f" {name}={value}" for name, value in extras.items())
        return _safe((line + told).replace("\n", "\\n")) + _safe(newline + trace)


def _away(record: logging.LogRecord) -> str:
    """What a server of the queue's said that is away, once a second: its trace tells no more."""
    error = record.exc_info[1] if record.exc_info else None
    is_theirs = type(error).__module__ == "redis.exceptions" and record.name.startswith("huey")
    return str(error) if is_theirs else ""


def _safe(text: str) -> str:
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape", "replace").decode(), text)
