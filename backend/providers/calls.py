"""Calls to providers: each ends within a time, whatever the other side does."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from pathlib import Path
from typing import Any, TypeVar

import orjson

from backend.providers.faults import Away, refusal

DEADLINE_S = 4.5  # a page says within 5 seconds that a provider is away
STEP_S = 4.0
MAX_BYTES = 1_000_000

_T = TypeVar("_T")
# Who waits is a request's thread; one that hangs here ends by its own timeouts.
_pool = ThreadPoolExecutor(max_workers=32, thread_name_prefix="provider")


def within(call: Callable[[], _T], deadline_s: float = DEADLINE_S) -> _T:
    """What the call returns. Raises Away after the deadline, or what the call raised."""
    try:
        return _pool.submit(call).result(deadline_s)
    except TooLong:
        raise Away("problems.provider_away") from None


def session(authority: Path | None) -> Any:
    """An HTTP session that trusts the usual authorities, or a test's own; no proxy of the shell."""
    import requests

    return careful(requests.Session(), authority)


def careful(made: Any, authority: Path | None) -> Any:
    """The same of a session that somebody else has made."""
    made.verify = str(authority) if authority else True
    made.trust_env = False  # the environment's bundle would win over ours
    made.max_redirects = 0
    return made


def get_json(url: str, authority: Path | None, headers: Mapping[str, str]) -> dict[str, Any]:
    """A JSON object. Raises Away, and Refused for what the provider says no to."""
    import requests

    def fetch() -> dict[str, Any]:
        try:
            answer = session(authority).get(
                url, headers=dict(headers), timeout=STEP_S, allow_redirects=False, stream=True
            )
            body = answer.raw.read(MAX_BYTES, decode_content=True)
        except (requests.RequestException, OSError):
            raise Away("problems.provider_away") from None
        found = _object(body)
        if answer.status_code >= 400:
            raise refusal(*_said(found))
        return found

    return within(fetch)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Away("problems.provider_odd") from None
    if not isinstance(found, dict):
        raise Away("problems.provider_odd")
    return found


def _said(found: Mapping[str, Any]) -> tuple[str, str]:
    """Code and description of an error as Google's and Microsoft's APIs write it."""
    error = found.get("error")
    if not isinstance(error, dict):
        return str(error or "error"), str(found.get("error_description", ""))
    reasons = [str(each.get("reason", "")) for each in error.get("errors", []) if each]
    status = str(error.get("status") or error.get("code") or "error")
    code = next((reason for reason in reasons if reason), status)
    details = orjson.dumps(error.get("details", [])).decode()
    return code, f"{error.get('message', '')} {status} {details}"
