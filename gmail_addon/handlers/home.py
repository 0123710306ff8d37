"""The homepage: the Feed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from backend.insights import feed, waiting
from backend.models import preferences
from gmail_addon.answers import RenderActions, Submitted, pushed, shown_instead
from gmail_addon.asking import Ask
from gmail_addon.cards import home as cards
from gmail_addon.cards.home import PAGE_SIZE, SWITCH, View
from gmail_addon.widgets import Card

SEEN_AT = "gmail_feed_seen_at"


def home(ask: Ask) -> RenderActions:
    """The newest of the Feed, what came since it was last looked at marked as new."""
    return pushed(_newest(ask, View()))


def show(ask: Ask, data: Mapping[str, Any]) -> Submitted:
    """Another part of the Feed: a filter, an older page, or the newest again."""
    view = replace(View.of(data), automatic=ask.event.is_on(SWITCH))
    is_refresh = not view.seen_at
    return shown_instead(_newest(ask, view) if is_refresh else _card(ask, view))


def _newest(ask: Ask, view: View) -> Card:
    """The first page, which from now on counts as seen."""
    now = ask.here.now.isoformat()
    seen_at = str(ask.user.preferences.get(SEEN_AT, now))
    preferences.store(ask.user.id, {SEEN_AT: now})
    return _card(ask, replace(view, seen_at=seen_at))


def _card(ask: Ask, view: View) -> Card:
    query = feed.FeedQuery(
        kind=None if view.kind == "all" else view.kind,
        include_automatic=view.automatic,
        before=view.before,
        limit=PAGE_SIZE,
    )
    return cards.card(ask, view, feed.page(ask.viewer, query), waiting.count(ask.viewer))
