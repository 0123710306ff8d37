"""A Google calendar as sync sees it: what changed since a sync token, series by their occurrences.

Source: developers.google.com/workspace/calendar/api/guides/sync and the discovery document
calendar.v3 of the client library. Series are listed as such and their occurrences are asked for one
series at a time: Google expands the rules (RFC 5545, daylight saving, exceptions), and only as far
as we look ahead. That horizon is part of the place, and a full round moves it on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from backend import clock
from backend.providers.calendar import Meeting, MeetingPage
from backend.providers.google_calls import SCOPE_LACKING, call, connection, service
from backend.providers.google_entries import ENTRY_FIELDS, read
from backend.providers.mail import NeedsAdmin, NeedsReauth, PlaceLost, Unreadable

PAGE = 250
AHEAD = timedelta(days=365)  # how far series are looked at
ROUND = timedelta(days=180)  # a full round is due when less than this is left
SERIES_PAGES = 8
PRIMARY = "primary"
SCOPE_MISSING = "calendar_scope"  # the user ticked it off, or consented before it was asked for

_FIELDS = f"items({ENTRY_FIELDS}),nextPageToken"


@dataclass(frozen=True, slots=True)
class _Round:
    """What all pages of one round share: the span in which series are looked at."""

    since: datetime
    until: datetime
    token: str = ""  # of the last round's end, or of this round's next page


@dataclass(slots=True)
class _Told:
    """What a page says."""

    meetings: list[Meeting] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    series: list[str] = field(default_factory=list)


class GoogleCalendar:
    """The user's primary calendar; `credentials` are google-auth's, `endpoint` another address."""

    def __init__(self, credentials: Any, endpoint: str = "") -> None:
        self._http = connection(credentials)
        # The path is part of this API's address.
        base = f"{endpoint.rstrip('/')}/calendar/v3/" if endpoint else ""
        self._events = service("calendar", "v3", self._http, base).events()

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def meetings(self, place: str, page: str | None, since: datetime) -> MeetingPage:
        """A page of what changed; a token that Google has forgotten is a 410."""
        here = _round(page or place, since)
        if place and here.until - clock.now() < ROUND:
            raise PlaceLost("horizon")
        found = _ask(
            lambda: self._events.list(
                calendarId=PRIMARY,
                singleEvents=False,
                maxResults=PAGE,
                fields=f"{_FIELDS},nextSyncToken",
                pageToken=here.token if page else None,
                # A sync token knows from where it was told; the two are not taken together.
                **({"syncToken": _round(place, since).token} if place else _from(here.since)),
            )
        )
        told = _Told()
        for entry in found.get("items", []):
            self._tell(entry, here, told)
        next_token = found.get("nextPageToken")
        return MeetingPage(
            tuple(told.meetings),
            tuple(told.gone),
            tuple(told.series),
            place=None if next_token else _place(here, str(found["nextSyncToken"])),
            next_page=_place(here, str(next_token)) if next_token else None,
        )

    def gone(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of these entries that are deleted, or were never there."""
        return frozenset(each for each in ids if self._is_gone(each))

    def _is_gone(self, provider_id: str) -> bool:
        try:
            found = _ask(
                lambda: self._events.get(
                    calendarId=PRIMARY, eventId=provider_id, fields="id,status"
                )
            )
        except PlaceLost:
            return True
        except Unreadable:
            return False
        return bool(found.get("status") == "cancelled")

    def _tell(self, entry: Mapping[str, Any], here: _Round, told: _Told) -> None:
        provider_id = str(entry.get("id", ""))
        if entry.get("status") == "cancelled":
            # Such an entry may be no more than its id: whether it was a series is not told.
            told.gone.append(provider_id)
            if "recurringEventId" not in entry:
                told.series.append(provider_id)
        elif entry.get("recurrence"):
            self._tell_series(provider_id, here, told)
        else:
            told.meetings += read([entry])

    def _tell_series(self, series_id: str, here: _Round, told: _Told) -> None:
        """Its occurrences; the series counts as told whole only if it was."""
        page = None
        for _ in range(SERIES_PAGES):
            ask_for = {"pageToken": page, "timeMax": _rfc3339(here.until), **_from(here.since)}
            try:
                found = _ask(
                    lambda more=ask_for: self._events.instances(
                        calendarId=PRIMARY,
                        eventId=series_id,
                        maxResults=PAGE,
                        fields=_FIELDS,
                        **more,
                    )
                )
            except PlaceLost:  # deleted since it was listed
                found = {}
            items = [each for each in found.get("items", []) if each.get("status") != "cancelled"]
            told.meetings += read(items)
            page = found.get("nextPageToken")
            if page is None:
                told.series.append(series_id)
                return


def _round(text: str, since: datetime) -> _Round:
    """The round that a place or a page belongs to; a new one where it is ""."""
    if not text:
        return _Round(since, clock.now() + AHEAD)
    begin, end, token = text.split(" ", 2)
    return _Round(datetime.fromisoformat(begin), datetime.fromisoformat(end), token)


def _place(here: _Round, token: str) -> str:
    return f"{here.since.isoformat()} {here.until.isoformat()} {token}"


def _ask(request: Any) -> Any:
    """The answer to one call. A permission that was not given stops the calendar, not the mail."""
    try:
        return call(request, missing=PlaceLost)
    except NeedsReauth as error:
        if error.code in SCOPE_LACKING:
            raise NeedsAdmin(SCOPE_MISSING) from None
        raise


def _from(since: datetime) -> dict[str, str]:
    return {"timeMin": _rfc3339(since)}


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
