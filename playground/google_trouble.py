"""A bad day of the playground's Google: while it is on, every fifth call is refused.

In turns as one that asks to wait, as one that fails, and as one whose answer is cut short; what
people see must come out the same, only later.
Source: developers.google.com/workspace/gmail/api/guides/handle-errors (2026).
"""

from collections.abc import Callable
from http import HTTPStatus
from itertools import count, cycle
from pathlib import Path

from flask import Blueprint, Response

from backend.settings import Settings
from backend.web.doors import the_settings
from playground.google_answers import refusal

EVERY = 5
_calls = count(1)  # of this process, which is the one that serves the app


def _is_busy() -> Response:
    response = refusal(HTTPStatus.TOO_MANY_REQUESTS, "rateLimitExceeded", "Try again later.")
    response.headers["Retry-After"] = "1"
    return response


def _fails() -> Response:
    return refusal(HTTPStatus.SERVICE_UNAVAILABLE, "backendError", "It does not work right now.")


def _is_cut() -> Response:
    return Response('{"messages": [{"id": "', content_type="application/json")


_KINDS = cycle((_is_busy, _fails, _is_cut))


def is_on(settings: Settings) -> bool:
    """Whether it is that day."""
    return _mark(settings).exists()


def turn(settings: Settings, *, on: bool) -> None:
    """Begin it, or let it be over."""
    mark = _mark(settings)
    if on:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    else:
        mark.unlink(missing_ok=True)


def befall(api: Blueprint) -> None:
    """Let it befall the calls of this blueprint."""
    api.before_request(_refused)


def _refused() -> Response | None:
    if not is_on(the_settings()) or next(_calls) % EVERY:
        return None
    kind: Callable[[], Response] = next(_KINDS)
    return kind()


def _mark(settings: Settings) -> Path:
    return settings.data_dir / "playground" / "google-in-trouble"
