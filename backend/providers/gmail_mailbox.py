"""A Gmail mailbox as sync sees it: history since a place, listings, whole mails.

Source: developers.google.com/workspace/gmail/api (discovery document gmail.v1 of the client
library). historyId is a uint64 and stays text. The client's own retries ignore Retry-After, so
they are switched off and every refusal is told as what it means for the mailbox.
"""

import base64
import binascii
import json
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from backend.providers import counting
from backend.providers.kept import Access
from backend.providers.mail import (
    Changes,
    Fetched,
    FetchedMail,
    Identity,
    Listing,
    NeedsAdmin,
    NeedsReauth,
    PlaceLost,
    ProviderError,
    TryLater,
    Unreadable,
)

TIMEOUT_S = 30
PAGE = 500  # Gmail's most
# Source: developers.google.com/workspace/gmail/api/guides/handle-errors: 403s that pass.
_BUSY = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "backendError"})
# The user took a permission away, or never gave it.
_GRANT = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})


class GmailMailbox:
    """One mailbox; `credentials` are google-auth's, `endpoint` another base address (tests)."""

    def __init__(self, credentials: Any, endpoint: str = "") -> None:
        import google_auth_httplib2
        import httplib2
        from googleapiclient.discovery import build

        # One connection for each mailbox's turn: httplib2 is not for several threads.
        self._http = google_auth_httplib2.AuthorizedHttp(
            credentials, http=httplib2.Http(timeout=TIMEOUT_S)
        )
        options = {"api_endpoint": endpoint} if endpoint else None
        service = build(
            "gmail", "v1", http=self._http, static_discovery=True, client_options=options
        )
        self._users = service.users()

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def identity(self) -> Identity:
        """The account's address; its aliases come with the settings scope, which we do not ask."""
        found = _call(lambda: self._users.getProfile(userId="me"))
        return Identity(str(found["emailAddress"]).lower())

    def baseline(self) -> str:
        """The present historyId: asked before a listing, so that nothing falls between."""
        return str(_call(lambda: self._users.getProfile(userId="me"))["historyId"])

    def changes(self, place: str, page: str | None) -> Changes:
        """A page of history; a place that Gmail has forgotten is a 404."""
        found = _call(
            lambda: self._users.history().list(
                userId="me",
                startHistoryId=place,
                historyTypes=["messageAdded", "messageDeleted", "labelAdded"],
                maxResults=PAGE,
                pageToken=page,
            ),
            missing=PlaceLost,
        )
        records = found.get("history", [])
        next_page = found.get("nextPageToken")
        return Changes(
            came=_ids(records, "messagesAdded", "labelsAdded"),
            went=_ids(records, "messagesDeleted"),
            place=None if next_page else str(found["historyId"]),
            next_page=next_page,
        )

    def listing(self, since: datetime, page: str | None) -> Listing:
        """Newest first, without drafts, spam and trash (Gmail leaves the last two out itself)."""
        found = _call(
            lambda: self._users.messages().list(
                userId="me",
                q=f"after:{int(since.timestamp())} -in:drafts",
                maxResults=PAGE,
                pageToken=page,
            )
        )
        ids = tuple(str(each["id"]) for each in found.get("messages", []))
        return Listing(ids, found.get("nextPageToken"), found.get("resultSizeEstimate"))

    def fetch(self, ids: Sequence[str]) -> Iterator[tuple[str, Fetched]]:
        """Whole mails, one by one."""
        for provider_id in ids:
            try:
                yield provider_id, self._mail(provider_id)
            except _Gone:
                yield provider_id, None
            except Unreadable as error:
                yield provider_id, error

    def _mail(self, provider_id: str) -> FetchedMail:
        found = _call(
            lambda: self._users.messages().get(userId="me", id=provider_id, format="raw"),
            missing=_Gone,
        )
        return mail_of(provider_id, found)


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


def mail_of(provider_id: str, found: Mapping[str, Any]) -> FetchedMail:
    """The mail in an answer of users.messages.get. Raises Unreadable where it is not whole."""
    try:
        text = str(found["raw"])
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        received_at = datetime.fromtimestamp(int(found["internalDate"]) / 1000, UTC)
    except (KeyError, ValueError, OverflowError, binascii.Error) as error:
        raise Unreadable(type(error).__name__) from None
    labels = set(found.get("labelIds", []))
    return FetchedMail(
        provider_id,
        str(found.get("threadId", "")),
        received_at,
        is_sent="SENT" in labels,
        is_draft="DRAFT" in labels,
        is_spam="SPAM" in labels,
        is_trash="TRASH" in labels,
        raw=raw,
    )


class _Gone(PlaceLost):
    """The mail is no longer there."""


def _call(request: Callable[[], Any], missing: type[PlaceLost] | None = None) -> Any:
    """The answer to one call, or what its refusal means. `missing` says what a 404 is."""
    from google.auth.exceptions import GoogleAuthError, RefreshError
    from googleapiclient.errors import HttpError
    from httplib2 import HttpLib2Error

    counting.add()
    try:
        return request().execute(num_retries=0)
    except HttpError as error:
        raise meaning(error, missing) from None
    except RefreshError as error:
        raise of_refresh(error) from None
    except (TimeoutError, HttpLib2Error, GoogleAuthError, ssl.SSLError, OSError) as error:
        raise TryLater(type(error).__name__) from None
    except (ValueError, KeyError) as error:  # an answer that was cut
        raise TryLater(type(error).__name__) from None


def meaning(error: Any, missing: type[PlaceLost] | None = None) -> ProviderError:
    """What an HttpError means; `missing` is what a 404 stands for, where it stands for something.

    Source: developers.google.com/workspace/gmail/api/guides/handle-errors
    """
    status, reason = int(error.resp.status), _reason(error)
    if status == 404 and missing:
        return missing(reason)
    if status == 429 or status >= 500 or reason in _BUSY:
        return TryLater(reason or str(status), _retry_after(error))
    if status == 401 or reason in _GRANT:
        return NeedsReauth(reason or "unauthorized")
    if status == 403:
        return NeedsAdmin(reason or "forbidden")
    return Unreadable(reason or str(status))


def _reason(error: Any) -> str:
    """Google's own word, as in `{"error": {"errors": [{"reason": "rateLimitExceeded"}]}}`."""
    try:
        found = json.loads(error.content)["error"]
        return str((found.get("errors") or [{}])[0].get("reason") or found.get("status") or "")[:60]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return ""


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


def _ids(records: list[dict[str, Any]], *kinds: str) -> tuple[str, ...]:
    found = (
        str(each["message"]["id"])
        for record in records
        for kind in kinds
        for each in record.get(kind, [])
    )
    return tuple(dict.fromkeys(found))
