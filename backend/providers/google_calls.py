"""Calls to Google's APIs by its client library, and what a refusal means for the mailbox.

The client's own retries ignore Retry-After, so they are switched off and every refusal comes out as
one of `backend.providers.mail`'s ProviderErrors.
"""

import json
import re
import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from backend.providers import counting
from backend.providers.kept import Access
from backend.providers.mail import (
    NeedsAdmin,
    NeedsReauth,
    PlaceLost,
    ProviderError,
    TryLater,
    Unreadable,
)

Sign = tuple[str, str]  # what Google's sentence has in it, and our code for that

TIMEOUT_S = 30
# Source: developers.google.com/workspace/gmail/api/guides/handle-errors and
# developers.google.com/workspace/calendar/api/guides/errors: 403s that pass.
_BUSY = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "backendError"})
# The user took a permission away, or never gave it.
SCOPE_LACKING = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})


def connection(credentials: Any, timeout_s: float = TIMEOUT_S) -> Any:
    """One connection for each mailbox's turn: httplib2 is not for several threads."""
    import google_auth_httplib2
    import httplib2

    return google_auth_httplib2.AuthorizedHttp(credentials, http=httplib2.Http(timeout=timeout_s))


def service(name: str, version: str, http: Any, endpoint: str = "") -> Any:
    """The API as the library describes it; `endpoint` is another base address (tests)."""
    from googleapiclient.discovery import build

    options = {"api_endpoint": endpoint} if endpoint else None
    return build(name, version, http=http, static_discovery=True, client_options=options)


def credentials_by(access: Callable[[bool], Access]) -> Any:
    """google-auth's credentials that ask whenever they need a token; True: a new one."""
    from google.oauth2.credentials import Credentials

    given: list[Access] = []

    def token(_request: Any, **_options: Any) -> tuple[str, datetime]:
        found = access(bool(given))
        given.append(found)
        # google-auth wants the end without a zone, in UTC.
        return found.token, datetime.fromtimestamp(found.ends_at, UTC).replace(tzinfo=None)

    made: Callable[..., Any] = Credentials
    return made(token=None, refresh_handler=token)


def call(
    request: Callable[[], Any],
    missing: type[PlaceLost] | None = None,
    signs: Sequence[Sign] = (),
) -> Any:
    """The answer to one call, or what its refusal means. `missing` says what a 404 or 410 is.

    Where Google's word says too little, `signs` are looked for in its sentence: the first that is
    found gives the code of a NeedsAdmin.
    """
    from google.auth.exceptions import GoogleAuthError, RefreshError
    from googleapiclient.errors import HttpError
    from httplib2 import HttpLib2Error

    counting.add()
    try:
        found = request().execute(num_retries=0)
    except HttpError as error:
        raise _by_sentence(error, signs) or meaning(error, missing) from None
    except RefreshError as error:
        raise of_refresh(error) from None
    except (TimeoutError, HttpLib2Error, GoogleAuthError, ssl.SSLError, OSError) as error:
        raise TryLater(type(error).__name__) from None
    except (ValueError, KeyError) as error:
        raise TryLater(type(error).__name__) from None
    if not isinstance(found, dict):  # the library hands an answer that was cut on as its text
        raise TryLater("cut")
    return found


def meaning(error: Any, missing: type[PlaceLost] | None = None) -> ProviderError:
    """What an HttpError means; `missing` is what a 404 or 410 stands for, where it does.

    Source: developers.google.com/workspace/gmail/api/guides/handle-errors
    """
    status, reason = int(error.resp.status), _reason(error)
    if status in {404, 410} and missing:
        return missing(reason)
    if status == 429 or status >= 500 or reason in _BUSY:
        return TryLater(reason or str(status), _retry_after(error))
    if status == 401 or reason in SCOPE_LACKING:
        return NeedsReauth(reason or "unauthorized")
    if status == 403:
        return NeedsAdmin(reason or "forbidden")
    return Unreadable(reason or str(status))


def _by_sentence(error: Any, signs: Sequence[Sign]) -> ProviderError | None:
    """What Google's sentence means, of which nothing is kept."""
    said = str(_told(error).get("message"))
    code = next((code for sign, code in signs if re.search(sign, said)), "")
    return NeedsAdmin(code) if code and int(error.resp.status) < 500 else None


def _reason(error: Any) -> str:
    """Google's own word, as in `{"error": {"errors": [{"reason": "rateLimitExceeded"}]}}`.

    Newer APIs have it in an ErrorInfo among the `details` (google.aip.dev/193).
    """
    found = _told(error)
    try:
        older = (found.get("errors") or [{}])[0].get("reason")
        details = found.get("details") or []
        newer = next((each["reason"] for each in details if "reason" in each), "")
        return str(older or newer or found.get("status") or "")[:60]
    except (KeyError, TypeError, AttributeError, IndexError):
        return ""


def _told(error: Any) -> dict[str, Any]:
    """What Google says of a refusal."""
    try:
        found = json.loads(error.content)["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _retry_after(error: Any) -> float | None:
    text = str(error.resp.get("retry-after", ""))
    return float(text) if text.isdecimal() else None


def of_refresh(error: Any) -> ProviderError:
    """What it means that no new access token was to be had; never with Google's whole text."""
    if error.retryable:
        return TryLater("refresh")
    text = str(error)
    word = next((word for word in ("invalid_grant", "invalid_client") if word in text), "refresh")
    return (NeedsAdmin if word == "invalid_client" else NeedsReauth)(word)
