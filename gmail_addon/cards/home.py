"""The Feed as a card: newest first, 20 at a time, with its filters."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from backend.insights.feed import MANY, FeedPage
from gmail_addon.asking import Ask
from gmail_addon.cards import rows
from gmail_addon.widgets import (
    Button,
    ButtonList,
    Card,
    Chip,
    ChipList,
    DecoratedText,
    FixedFooter,
    Header,
    OnClick,
    OpenLink,
    Section,
    Switch,
    bold,
    plain,
)

PAGE_SIZE = 20
KINDS = ("all", "open", "click", "reply", "bounce")
SWITCH = "automatic"


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the Feed; `seen_id` is up to where it was seen before this look."""

    kind: str = "all"
    automatic: bool = False
    before: str | None = None
    seen_id: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "View":
        """The view that a signed order asks for."""
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Counts:
    """Of the whole Feed: what is new in it (at most `MANY`), and mails without a confirmed send."""

    unread: int
    waiting: int


def card(ask: Ask, view: View, page: FeedPage, counts: Counts) -> Card:
    """The Feed's card for one page of it."""
    as_of = ask.t("as_of", time=f"{ask.here.now.astimezone(ask.here.zone):%H:%M}")
    many = ask.t("new_many", n=MANY - 1) if counts.unread >= MANY else ""
    news = many or (ask.t("new_count", n=counts.unread) if counts.unread else "")
    return Card(
        header=Header(ask.t("feed.title"), " · ".join(filter(None, (as_of, news)))),
        sections=(
            _filters(ask, view),
            *((_waiting(ask, counts.waiting),) if counts.waiting else ()),
            *(rows.by_day(ask, page.items) if page.items else (_nothing(ask),)),
            *_pager(ask, view, page),
        ),
        name="feed",
        fixed_footer=FixedFooter(
            _to(ask, "refresh", View(view.kind, view.automatic)),
            ask.page("open_telltale", "/console/feed"),
        ),
    )


def _filters(ask: Ask, view: View) -> Section:
    chips = tuple(
        Chip(
            ask.t(f"feed.kind_{kind}"),
            ask.press("feed", **asdict(replace(view, kind=kind, before=None))),
            disabled=kind == view.kind,
            alt_text=ask.t(
                "chosen" if kind == view.kind else "choose", what=ask.t(f"feed.kind_{kind}")
            ),
        )
        for kind in KINDS
    )
    switch = Switch(
        SWITCH, view.automatic, ask.action("feed", **asdict(replace(view, before=None)))
    )
    automatic = DecoratedText(
        text=plain(ask.t("show_automatic")), wrap_text=True, switch_control=switch
    )
    return Section((ChipList(chips), automatic))


def _waiting(ask: Ask, count: int) -> Section:
    link = OpenLink(ask.addon.address("/console/sent?state=armed"))
    row = DecoratedText(
        text=bold(ask.t("waiting_count", n=count)),
        bottom_label=ask.t("waiting_why"),
        start_icon=rows.icon(ask, "automatic"),
        wrap_text=True,
        on_click=OnClick(open_link=link),
    )
    return Section((row,))


def _nothing(ask: Ask) -> Section:
    return Section((rows.note(ask.t("feed_empty")),))


def _pager(ask: Ask, view: View, page: FeedPage) -> tuple[Section, ...]:
    buttons: list[Button] = []
    if view.before:
        buttons.append(_to(ask, "newest", replace(view, before=None)))
    if page.next:
        buttons.append(_to(ask, "older", replace(view, before=page.next)))
    return (Section((ButtonList(tuple(buttons)),)),) if buttons else ()


def _to(ask: Ask, key: str, view: View) -> Button:
    return ask.button(key, "feed", **asdict(view))
