"""The playground's blueprints, for the one place that wires the app."""

from playground import gmail_window
from playground.calls import calls
from playground.outlook import outlook
from playground.pages import pages

BLUEPRINTS = (pages, calls, gmail_window.pages, gmail_window.calls, outlook)
