"""The user's own choices, and the link between her Google account and her user."""

from collections.abc import Mapping
from typing import Any

from backend.access import identities
from backend.models.org import User
from backend.models.preferences import remember_choice, tracking_default
from backend.providers.openid import Account
from gmail_addon.answers import Markup, Navigation, RenderActions, Submitted, pushed, shown_instead
from gmail_addon.asking import Ask
from gmail_addon.cards import notices
from gmail_addon.cards import settings as cards
from gmail_addon.cards.settings import LINKS, OPENS, Setup
from gmail_addon.widgets import Card


def settings(ask: Ask) -> RenderActions:
    """The card behind "Settings" in the add-on's menu."""
    return pushed(_card(ask))


def defaults(ask: Ask, _data: Mapping[str, Any]) -> Submitted:
    """Take over which switches are on by default."""
    event = ask.event
    remember_choice(ask.user.id, opens=event.is_on(OPENS), links=event.is_on(LINKS))
    return shown_instead(_card(ask), ask.t("kept"))


def unlink(ask: Ask, _data: Mapping[str, Any]) -> Submitted:
    """Forget whose Google account this is; the next event asks again."""
    identities.leave_panels(Account(ask.account.issuer, ask.account.subject, ask.account.email))
    steps = (Navigation(pop_to_root=True), Navigation(update_card=notices.unlinked(ask)))
    return Submitted(RenderActions(Markup(steps)), state_changed=True)


def _card(ask: Ask) -> Card:
    opens, links = tracking_default(User.get_by_id(ask.user.id))
    chosen = ask.addon.settings
    return cards.card(ask, Setup(opens, links, chosen.gmail_relay, chosen.gmail_send_tracked))
