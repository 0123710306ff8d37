"""A Gmail mailbox as sync sees it: history since a place, listings, whole mails.

Source: developers.google.com/workspace/gmail/api (discovery document gmail.v1 of the client
library). historyId is a uint64 and stays text.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from backend.providers.gmail import bytes_of
from backend.providers.google_calls import call, connection, service
from backend.providers.mail import (
    Changes,
    Fetched,
    FetchedMail,
    Identity,
    Listing,
    PlaceLost,
    Unreadable,
)

PAGE = 500  # Gmail's most


class GmailMailbox:
    """One mailbox; `credentials` are google-auth's, `endpoint` another base address (tests)."""

    def __init__(self, credentials: Any, endpoint: str = "") -> None:
        self._http = connection(credentials)
        self.users = service("gmail", "v1", self._http, endpoint).users()

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def identity(self) -> Identity:
        """The account's address; its aliases come with the settings scope, which we do not ask."""
        found = call(lambda: self.users.getProfile(userId="me"))
        return Identity(str(found["emailAddress"]).lower())

    def baseline(self) -> str:
        """The present historyId: asked before a listing, so that nothing falls between."""
        return str(call(lambda: self.users.getProfile(userId="me"))["historyId"])

    def changes(self, place: str, page: str | None) -> Changes:
        """A page of history; a place that Gmail has forgotten is a 404."""
        found = call(
            lambda: self.users.history().list(
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
        found = call(
            lambda: self.users.messages().list(
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
        found = call(
            lambda: self.users.messages().get(userId="me", id=provider_id, format="raw"),
            missing=_Gone,
        )
        return mail_of(provider_id, found)


def mail_of(provider_id: str, found: Mapping[str, Any]) -> FetchedMail:
    """The mail in an answer of users.messages.get. Raises Unreadable where it is not whole."""
    try:
        raw = bytes_of(str(found["raw"]))
        received_at = datetime.fromtimestamp(int(found["internalDate"]) / 1000, UTC)
    except (KeyError, ValueError, OverflowError) as error:
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


def _ids(records: list[dict[str, Any]], *kinds: str) -> tuple[str, ...]:
    found = (
        str(each["message"]["id"])
        for record in records
        for kind in kinds
        for each in record.get(kind, [])
    )
    return tuple(dict.fromkeys(found))
