"""Google's cards as typed values; `serial.to_json` writes exactly Google's JSON.

Source: the message Card of google-apps-card 0.7.1 (google.apps.card.v1), against which the tests
parse every card we make. Only what we use is here.

A `Markup` is text that Gmail reads as a small HTML subset: it is made by `plain` and `bold` alone,
which escape. Every other text is shown as it is; `label` takes the brackets out of what strangers
wrote, since nobody promises that a label is never read as HTML.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
from typing import ClassVar, NewType

Markup = NewType("Markup", str)


def plain(text: str) -> Markup:
    """Any text, shown as it is."""
    return Markup(escape(text, quote=False))


def bold(text: str) -> Markup:
    """Any text, in bold."""
    return Markup(f"<b>{plain(text)}</b>")


def joined(*parts: Markup, by: str = " ") -> Markup:
    """Parts that are safe already, one after the other."""
    return Markup(plain(by).join(part for part in parts if part))


def lines(*parts: Markup) -> Markup:
    """Parts that are safe already, each on a line of its own."""
    return Markup("<br>".join(part for part in parts if part))


def label(text: str) -> str:
    """Any text for a place that is no Markup."""
    return text.replace("<", "\u2039").replace(">", "\u203a")


class OpenAs(StrEnum):
    """Where a link opens."""

    FULL_SIZE = "FULL_SIZE"
    OVERLAY = "OVERLAY"


class OnClose(StrEnum):
    """What Gmail does when the opened window is closed."""

    NOTHING = "NOTHING"
    RELOAD = "RELOAD"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One named text that comes back with an action."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Action:
    """A call of ours; `function` is the whole address. Typed values stay when `persist_values`."""

    function: str
    parameters: tuple[Parameter, ...] = ()
    persist_values: bool = False


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A page in the browser."""

    url: str
    open_as: OpenAs | None = None
    on_close: OnClose | None = None


@dataclass(frozen=True, slots=True)
class OnClick:
    """What a click does: one of the two."""

    action: Action | None = None
    open_link: OpenLink | None = None


@dataclass(frozen=True, slots=True)
class Icon:
    """A small picture of ours; Gmail fetches and keeps it, so its address is versioned."""

    icon_url: str
    alt_text: str


@dataclass(frozen=True, slots=True)
class Button:
    """A button with a word on it."""

    text: str
    on_click: OnClick
    disabled: bool = False
    alt_text: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """A switch at the end of a line; it asks us at once."""

    name: str
    selected: bool
    on_change_action: Action
    control_type: str = "SWITCH"


@dataclass(frozen=True, slots=True)
class TextParagraph:
    """A paragraph."""

    KEY: ClassVar = "textParagraph"
    text: Markup


@dataclass(frozen=True, slots=True)
class DecoratedText:
    """A row: words with a label above and below, a picture before, a switch or a button behind."""

    KEY: ClassVar = "decoratedText"
    text: Markup
    top_label: str = ""
    bottom_label: str = ""
    start_icon: Icon | None = None
    wrap_text: bool = False
    on_click: OnClick | None = None
    button: Button | None = None
    switch_control: Switch | None = None


@dataclass(frozen=True, slots=True)
class ButtonList:
    """Buttons beside each other."""

    KEY: ClassVar = "buttonList"
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Chip:
    """One choice in a row of them; the one that is chosen is disabled and says so."""

    label: str
    on_click: OnClick
    disabled: bool = False
    alt_text: str = ""


@dataclass(frozen=True, slots=True)
class ChipList:
    """A row of choices."""

    KEY: ClassVar = "chipList"
    chips: tuple[Chip, ...]


@dataclass(frozen=True, slots=True)
class TextInput:
    """A field to type into."""

    KEY: ClassVar = "textInput"
    name: str
    label: str
    hint_text: str = ""
    type: str = "SINGLE_LINE"
    value: str = ""


@dataclass(frozen=True, slots=True)
class Divider:
    """A line between rows."""

    KEY: ClassVar = "divider"


Widget = TextParagraph | DecoratedText | ButtonList | ChipList | TextInput | Divider


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a heading; collapsible ones show the first few."""

    widgets: tuple[Widget, ...]
    header: Markup = Markup("")
    collapsible: bool = False
    uncollapsible_widgets_count: int = 0


@dataclass(frozen=True, slots=True)
class Header:
    """The top of a card."""

    title: str
    subtitle: str = ""


@dataclass(frozen=True, slots=True)
class FixedFooter:
    """One or two buttons that stay in sight."""

    primary_button: Button
    secondary_button: Button | None = None


@dataclass(frozen=True, slots=True)
class CardAction:
    """An entry of the card's own menu."""

    action_label: str
    on_click: OnClick


@dataclass(frozen=True, slots=True)
class Card:
    """One card; at most 100 widgets are shown, so lists are paged."""

    header: Header
    sections: tuple[Section, ...]
    name: str = ""
    fixed_footer: FixedFooter | None = None
    card_actions: tuple[CardAction, ...] = field(default=())
