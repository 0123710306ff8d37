"""The part of Google's Calendar API that sync uses, for the playground's calendars.

A calendar's meetings are single ones and never altered, so that a place among its changes is the id
of the last one that was told. Source: discovery document calendar.v3;
developers.google.com/workspace/calendar/api/guides/sync (2026).
"""

import re
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request

from backend.errors import Invalid, NotFound, TelltaleError
from backend.web.doors import the_settings
from backend.web.permissions import ANYONE, allow
from backend.web.problems import answer
from playground import google_trouble
from playground.calendars import Calendars, Entry
from playground.google import API
from playground.google_answers import refuse_as_google
from playground.google_grants import account
from playground.inboxes import canonical, key_of

READONLY = "https://www.googleapis.com/auth/calendar.events.readonly"
PAGE, MOST = 250, 2500  # Google's own, where nobody says how many, and at the most
BEFORE_ALL = "0" * 32

_PLACE = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{32})")

api = Blueprint("playground_google_calendar", __name__, url_prefix=f"{API}/calendar/v3/calendars")
refuse_as_google(api)
google_trouble.befall(api)


class SyncTokenGone(TelltaleError):
    """A sync token that was never given for this calendar."""

    status = HTTPStatus.GONE
    slug = "fullSyncRequired"


@api.get("/<calendar_id>/events")
@allow(ANYONE)
def list_events(calendar_id: str) -> Response:
    """A page of what came since a place, or of all that ends after a time.

    Raises NotFound, Invalid for parameters that do not go together, SyncTokenGone.
    """
    email = _owner(calendar_id)
    most = min(max(request.args.get("maxResults", PAGE, type=int), 1), MOST)
    after, since, known = _after(email), _since(), Calendars.of(the_settings())
    ids = known.ids(email, after)
    found = (known.open(email, each) for each in ids[:most])
    told = {**_about(email), "items": [each for each in found if _ends_after(each, since)]}
    if len(ids) > most:
        return answer({**told, "nextPageToken": _place(email, ids[most - 1])})
    return answer({**told, "nextSyncToken": _place(email, ids[-1] if ids else after)})


@api.get("/<calendar_id>/events/<event_id>")
@allow(ANYONE)
def show_event(calendar_id: str, event_id: str) -> Response:
    """One meeting. Raises NotFound."""
    return answer(Calendars.of(the_settings()).open(_owner(calendar_id), event_id))


@api.get("/<calendar_id>/events/<event_id>/instances")
@allow(ANYONE)
def list_instances(calendar_id: str, event_id: str) -> Response:
    """The occurrences of a series, of which there is none. Raises NotFound."""
    email = _owner(calendar_id)
    Calendars.of(the_settings()).open(email, event_id)
    return answer({"items": [], **_about(email)})


def _owner(calendar_id: str) -> str:
    """Whose calendar it is: the account's own alone. Raises NotFound, NotSignedIn, Forbidden."""
    email = account(READONLY)
    if calendar_id != "primary" and canonical(calendar_id) != canonical(email):
        raise NotFound("Not Found")
    return email


def _about(email: str) -> dict[str, Any]:
    return {"kind": "calendar#events", "summary": email, "timeZone": "UTC", "accessRole": "reader"}


def _after(email: str) -> str:
    """Behind which meeting the asked page begins. Raises SyncTokenGone, Invalid."""
    token, page = request.args.get("syncToken"), request.args.get("pageToken")
    if token is not None and "timeMin" in request.args:
        raise Invalid("syncToken and timeMin do not go together.")
    if token is not None and _read(email, token) is None:
        raise SyncTokenGone("Sync token is no longer valid, a full sync is required.")
    if page is not None and _read(email, page) is None:
        raise Invalid("Invalid page token value.")
    return _read(email, page or token or "") or BEFORE_ALL


def _read(email: str, place: str) -> str | None:
    found = _PLACE.fullmatch(place)
    return found[2] if found and found[1] == key_of(email) else None


def _place(email: str, entry_id: str) -> str:
    return f"{key_of(email)}.{entry_id}"


def _since() -> datetime | None:
    """The time that was asked for. Raises Invalid."""
    text = request.args.get("timeMin")
    try:
        since = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("Bad Request") from None
    if since is not None and since.tzinfo is None:
        raise Invalid("Bad Request")
    return since


def _ends_after(entry: Entry, since: datetime | None) -> bool:
    return since is None or datetime.fromisoformat(entry["end"]["dateTime"]) > since
