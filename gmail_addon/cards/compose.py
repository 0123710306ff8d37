"""The compose card: two switches, what is measured of whom, and what cannot be known here."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from backend.tracking.policy import Decision, Judgement
from gmail_addon.asking import Ask
from gmail_addon.cards import rows
from gmail_addon.widgets import (
    ButtonList,
    Card,
    DecoratedText,
    FixedFooter,
    Header,
    OnClick,
    OpenLink,
    Section,
    Switch,
    TextInput,
    Widget,
    bold,
    label,
    plain,
)

OPENS, LINKS = "opens", "links"
URL, TEXT = "url", "text"


@dataclass(frozen=True, slots=True)
class Composing:
    """The state of one compose card, carried by its buttons: never an address or a token.

    `carries` names the pictures that stand in the draft already ("o" the pixel, "m" the marker).
    """

    compose: str
    opens: bool = False
    links: bool = False
    carries: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Composing":
        """The state that a signed order carries."""
        return cls(**data)

    @property
    def is_on(self) -> bool:
        """Whether anything is tracked."""
        return self.opens or self.links


@dataclass(frozen=True, slots=True)
class Seen:
    """What the card shows beside its switches.

    `refusal` is why the mail stays untracked ("" if it does not); `why_links_off` a key of our
    words, "" where whole bodies can be stamped, and `links_how` the key that says when they are;
    with `has_copies` each recipient gets a copy of her own.
    """

    judgements: tuple[Judgement, ...]
    names: Mapping[str, str]
    refusal: str
    why_links_off: str
    links_how: str
    has_copies: bool
    is_send_known: bool
    can_send: bool


def card(ask: Ask, state: Composing, seen: Seen) -> Card:
    """The card for a draft."""
    return Card(
        header=Header(ask.t("track_this_mail"), _standing(ask, state, seen)),
        sections=(
            Section(tuple(_switches(ask, state, seen))),
            Section(tuple(_recipients(ask, state, seen)), header=bold(ask.t("recipients"))),
            Section(tuple(_link_form(ask, state)), bold(ask.t("insert_link")), collapsible=True),
            Section(tuple(_honesty(ask, seen)), bold(ask.t("what_can_be_known")), collapsible=True),
        ),
        name="compose",
        fixed_footer=_footer(ask, state, seen),
    )


def _standing(ask: Ask, state: Composing, seen: Seen) -> str:
    if seen.refusal and state.is_on:
        return ask.t("stays_untracked")
    if not state.is_on:
        return ask.t("is_off")
    return ask.t("may_close")


def _switches(ask: Ask, state: Composing, seen: Seen) -> Iterator[Widget]:
    if seen.refusal and state.is_on:
        yield DecoratedText(
            text=bold(ask.t("stays_untracked")),
            bottom_label=label(ask.t(f"reasons.{seen.refusal}")),
            wrap_text=True,
        )
    yield DecoratedText(
        text=bold(ask.t("track_opens")),
        bottom_label=ask.t("track_opens_how"),
        wrap_text=True,
        switch_control=Switch(OPENS, state.opens, ask.action("track", **asdict(state))),
    )
    if seen.why_links_off:
        yield DecoratedText(
            text=plain(ask.t("track_links_off")),
            bottom_label=ask.t(seen.why_links_off),
            wrap_text=True,
        )
    else:
        yield DecoratedText(
            text=bold(ask.t("track_links")),
            bottom_label=ask.t(seen.links_how),
            wrap_text=True,
            switch_control=Switch(LINKS, state.links, ask.action("track", **asdict(state))),
        )
    if state.is_on and not seen.is_send_known and not seen.refusal:
        mailboxes = OpenLink(ask.addon.address("/console/mailboxes"))
        yield DecoratedText(
            text=bold(ask.t("connect_mailbox")),
            bottom_label=ask.t("connect_why"),
            wrap_text=True,
            on_click=OnClick(open_link=mailboxes),
        )


def _recipients(ask: Ask, state: Composing, seen: Seen) -> Iterator[Widget]:
    for each in seen.judgements[: rows.MOST_RECIPIENTS]:
        yield DecoratedText(
            text=plain(seen.names.get(each.address) or each.address),
            top_label=label(ask.t(f"decision_{each.decision}")),
            bottom_label=label(ask.t(f"reasons.{each.reason}")),
            start_icon=rows.icon(ask, "off" if each.decision is Decision.LEAVE else "person"),
            wrap_text=True,
        )
    yield from rows.rest(ask, "more_recipients", len(seen.judgements), rows.MOST_RECIPIENTS)
    if not seen.judgements:
        yield rows.note(ask.t("no_recipients_yet"))
    yield ButtonList((ask.button("check_recipients", "recipients", **asdict(state)),))


def _link_form(ask: Ask, state: Composing) -> Iterator[Widget]:
    yield TextInput(URL, ask.t("link_url"), ask.t("link_url_hint"))
    yield TextInput(TEXT, ask.t("link_text"))
    yield ButtonList((ask.button("insert_here", "insert_link", **asdict(state)),))


def _honesty(ask: Ask, seen: Seen) -> Iterator[Widget]:
    who = "know_who_copies" if seen.has_copies else "know_who"
    keys = ["know_opens", "know_images_off", who if len(seen.judgements) > 1 else ""]
    by_button = "know_send_button" if seen.can_send else "know_send_not"
    keys.append("know_send" if seen.is_send_known else by_button)
    for key in filter(None, keys):
        yield rows.note(ask.t(key))


def _footer(ask: Ask, state: Composing, seen: Seen) -> FixedFooter:
    data = asdict(state)
    usual = ask.button("track_as_usual", "track_as_usual", **data)
    off = ask.button("switch_off", "switch_off", **data)
    send = ask.button("send_tracked", "confirm_send", **data) if seen.can_send else None
    return FixedFooter(off if state.is_on else usual, send)
