"""The homepage: the Feed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from backend.insights import feed, waiting
from backend.models import seen
from gmail_addon.answers import RenderActions, Submitted, pushed, shown_instead
from gmail_addon.asking import Ask
from gmail_addon.cards import home as cards
from gmail_addon.cards.home import PAGE_SIZE, SWITCH, Counts, View
from gmail_addon.widgets import Card


def home(ask: Ask) -> RenderActions:
    """The newest of the Feed, what came since it was last looked at marked as new."""
    return pushed(_newest(ask, View()))


def show(ask: Ask, data: Mapping[str, Any]) -> Submitted:
    """Another part of the Feed: a filter, an older page, or the newest again."""
    view = replace(View.of(data), automatic=ask.event.is_on(SWITCH))
    return shown_instead(_card(ask, view) if view.seen_id else _newest(ask, view))


def _newest(ask: Ask, view: View) -> Card:
    """The first page, which from now on counts as seen, here and in every panel."""
    before = feed.marks(ask.viewer).seen_id or feed.NOBODY
    view = replace(view, seen_id=before)
    page = _page(ask, view)
    if view.kind == "all" and page.items and page.items[0]["id"] > before:
        seen.note(ask.user.id, page.items[0]["id"])
    return _drawn(ask, view, page)


def _card(ask: Ask, view: View) -> Card:
    return _drawn(ask, view, _page(ask, view))


def _drawn(ask: Ask, view: View, page: feed.FeedPage) -> Card:
    counts = Counts(feed.unread(ask.viewer, view.seen_id), waiting.count(ask.viewer))
    return cards.card(ask, view, page, counts)


def _page(ask: Ask, view: View) -> feed.FeedPage:
    query = feed.FeedQuery(
        kind=None if view.kind == "all" else view.kind,
        include_automatic=view.automatic,
        before=view.before,
        limit=PAGE_SIZE,
    )
    return feed.page(ask.viewer, query, view.seen_id)
