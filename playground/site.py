"""The playground's blueprints, for the one place that wires the app."""

from playground.calls import calls
from playground.pages import pages

BLUEPRINTS = (pages, calls)
