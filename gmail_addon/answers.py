"""What we answer to Google: typed values around cards, written by `serial.to_json`.

Source: developers.google.com/workspace/add-ons/guides/alternate-runtimes and .../reference/rpc/
apps.extensions.markup (2026-04-03): a trigger gets RenderActions as it is, a widget's action gets
them inside a SubmitFormResponse.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from gmail_addon.widgets import Card, OpenLink


class InsertAt(StrEnum):
    """Where in the draft something is put in."""

    CURSOR = "IN_PLACE_INSERT"
    START = "INSERT_AT_START"


@dataclass(frozen=True, slots=True)
class InsertContent:
    """A piece of HTML for the draft that its writer may change."""

    content: str
    content_type: str = "MUTABLE_HTML"


@dataclass(frozen=True, slots=True)
class UpdateBody:
    """One change of the draft's body."""

    type: InsertAt
    insert_contents: tuple[InsertContent, ...]


@dataclass(frozen=True, slots=True)
class UpdateDraft:
    """A change of the draft."""

    update_body: UpdateBody


@dataclass(frozen=True, slots=True)
class GmailAction:
    """What Gmail shall do: exactly one thing in an answer."""

    update_draft_action_markup: UpdateDraft


@dataclass(frozen=True, slots=True)
class HostAppAction:
    """What the application around the card shall do."""

    gmail_action: GmailAction


@dataclass(frozen=True, slots=True)
class Navigation:
    """One step on the stack of cards: one of these."""

    push_card: Card | None = None
    update_card: Card | None = None
    pop_to_root: bool = False


@dataclass(frozen=True, slots=True)
class Notification:
    """A line that shows for a moment; plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Markup:
    """What changes on screen."""

    navigations: tuple[Navigation, ...] = ()
    notification: Notification | None = None
    link: OpenLink | None = None


@dataclass(frozen=True, slots=True)
class RenderActions:
    """The answer to a trigger."""

    action: Markup = field(default_factory=Markup)
    host_app_action: HostAppAction | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """The answer to a widget's action; `state_changed` marks what other cards show as outdated."""

    render_actions: RenderActions
    state_changed: bool = False


@dataclass(frozen=True, slots=True)
class Scopes:
    """Google's permissions that are missing."""

    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NeedsScopes:
    """Let Google ask the user for these permissions, and call us again."""

    requesting_google_scopes: Scopes = field(metadata={"json": "requesting_google_scopes"})


@dataclass(frozen=True, slots=True)
class Prompt:
    """A card of ours in place of Google's own "authorise" page."""

    action: Markup


@dataclass(frozen=True, slots=True)
class NeedsLink:
    """The Google account belongs to no user of ours yet."""

    custom_authorization_prompt: Prompt = field(metadata={"json": "custom_authorization_prompt"})


Answer = RenderActions | Submitted | NeedsScopes | NeedsLink


def pushed(card: Card) -> RenderActions:
    """A trigger's card."""
    return RenderActions(Markup((Navigation(push_card=card),)))


def shown_next(card: Card, told: str = "") -> Submitted:
    """A card on top of the present one, perhaps with a line that says why."""
    notification = Notification(told) if told else None
    return Submitted(RenderActions(Markup((Navigation(push_card=card),), notification)))


def shown_instead(card: Card, told: str = "", *, is_news: bool = False) -> Submitted:
    """A card in place of the present one, perhaps with a line that says what was done."""
    notification = Notification(told) if told else None
    markup = Markup((Navigation(update_card=card),), notification)
    return Submitted(RenderActions(markup), state_changed=is_news)


def shown_in_draft(card: Card, at: InsertAt, html: str, told: str = "") -> Submitted:
    """A card in place of the present one, and HTML put into the draft."""
    update = UpdateDraft(UpdateBody(at, (InsertContent(html),)))
    notification = Notification(told) if told else None
    markup = Markup((Navigation(update_card=card),), notification)
    host = HostAppAction(GmailAction(update))
    return Submitted(RenderActions(markup, host), state_changed=True)


def told(text: str) -> Submitted:
    """Only a line."""
    return Submitted(RenderActions(Markup(notification=Notification(text))))
