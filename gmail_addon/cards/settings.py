"""The settings card: whose account this is, the switches' defaults, how this Gmail is set up."""

from dataclasses import dataclass

from gmail_addon.asking import Ask
from gmail_addon.cards import rows
from gmail_addon.widgets import (
    ButtonList,
    Card,
    DecoratedText,
    FixedFooter,
    Header,
    Section,
    Switch,
    bold,
    label,
    plain,
)

OPENS, LINKS = "default_opens", "default_links"


@dataclass(frozen=True, slots=True)
class Setup:
    """The user's defaults, and which ways of stamping there are."""

    opens: bool
    links: bool
    has_relay: bool
    sends_tracked: bool


def card(ask: Ask, setup: Setup) -> Card:
    """The card."""
    return Card(
        header=Header(ask.t("settings")),
        sections=(_account(ask), _defaults(ask, setup), _ways(ask, setup)),
        name="settings",
        fixed_footer=FixedFooter(ask.page("open_preferences", "/console/preferences")),
    )


def _account(ask: Ask) -> Section:
    return Section(
        (
            DecoratedText(
                text=bold(ask.user.name),
                top_label=label(ask.t("linked_as", email=ask.user.email)),
                bottom_label=label(ask.t("google_account", email=ask.account.email)),
                start_icon=rows.icon(ask, "person"),
                wrap_text=True,
            ),
            ButtonList((ask.button("unlink", "unlink"),)),
        ),
        header=bold(ask.t("account")),
    )


def _defaults(ask: Ask, setup: Setup) -> Section:
    def switch(key: str, name: str, *, is_on: bool) -> DecoratedText:
        action = ask.action("defaults")
        return DecoratedText(text=plain(ask.t(key)), switch_control=Switch(name, is_on, action))

    return Section(
        (
            switch("track_opens", OPENS, is_on=setup.opens),
            switch("track_links", LINKS, is_on=setup.links),
            rows.note(ask.t("defaults_how")),
        ),
        header=bold(ask.t("defaults")),
    )


def _ways(ask: Ask, setup: Setup) -> Section:
    relay = "way_relay_on" if setup.has_relay else "way_relay_off"
    send = "way_send_on" if setup.sends_tracked else "way_send_off"
    return Section(
        tuple(rows.note(ask.t(key)) for key in ("way_pixel", relay, send)),
        header=bold(ask.t("ways")),
    )
