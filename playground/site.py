"""The playground's blueprints, for the one place that wires the app."""

from playground import gmail_api, gmail_desk, gmail_window
from playground.calls import calls
from playground.outlook import outlook
from playground.pages import pages

GMAIL = (gmail_window.pages, gmail_window.calls, gmail_desk.calls, gmail_api.api)
BLUEPRINTS = (pages, calls, *GMAIL, outlook)
