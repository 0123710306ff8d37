"""The playground's blueprints, for the one place that wires the app."""

from playground import (
    gmail_api,
    gmail_desk,
    gmail_sync_api,
    gmail_window,
    google_calendar,
    google_oauth,
    google_people,
)
from playground.calls import calls
from playground.outlook import outlook
from playground.pages import pages

GMAIL = (gmail_window.pages, gmail_window.calls, gmail_desk.calls, gmail_api.api)
SYNCED = (gmail_sync_api.api, google_calendar.api, google_people.api)
GOOGLE = (google_oauth.consent, google_oauth.oauth, *SYNCED)
BLUEPRINTS = (pages, calls, *GMAIL, *GOOGLE, outlook)
