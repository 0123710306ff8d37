"""Cards that stand in for another one: link your account, something is away, nothing to show."""

from backend.words import Language, t
from gmail_addon.asking import Ask
from gmail_addon.widgets import (
    Button,
    ButtonList,
    Card,
    Header,
    OnClick,
    OnClose,
    OpenAs,
    OpenLink,
    Section,
    TextParagraph,
    Widget,
    label,
    plain,
)

NAME = "Telltale"


def link_account(language: Language, email: str, url: str) -> Card:
    """Asks somebody we do not know yet to link her Google account to her user."""
    opened = OpenLink(url, OpenAs.OVERLAY, OnClose.RELOAD)
    return _card(
        NAME,
        t("gmail.link_account", language, email=email),
        Button(t("gmail.link_button", language), OnClick(open_link=opened)),
    )


def away(language: Language) -> Card:
    """Says that we cannot answer now, and that mail goes on."""
    return _card(t("gmail.away_title", language), t("gmail.away", language))


def unlinked(ask: Ask) -> Card:
    """Says that the account is no longer linked."""
    return _card(NAME, ask.t("unlinked"))


def said(ask: Ask, title: str, text: str, *buttons: Button) -> Card:
    """A title and a paragraph, both keys of our words or words already put together."""
    return _card(title, text, *buttons)


def _card(title: str, text: str, *buttons: Button) -> Card:
    widgets: list[Widget] = [TextParagraph(plain(text))]
    if buttons:
        widgets.append(ButtonList(buttons))
    return Card(Header(label(title)), (Section(tuple(widgets)),), name="notice")
