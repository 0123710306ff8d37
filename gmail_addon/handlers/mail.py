"""One of our own mails: its history, and the end of its tracking."""

from collections.abc import Mapping
from typing import Any

from backend.errors import NotFound
from backend.insights import history
from backend.models.mail import Stamp
from backend.tracking import sending
from gmail_addon.answers import Submitted, shown_instead, shown_next
from gmail_addon.asking import Ask
from gmail_addon.cards import mail as cards
from gmail_addon.widgets import Card


def show(ask: Ask, data: Mapping[str, Any]) -> Submitted:
    """The mail that a row of the Feed is about."""
    return shown_next(card(ask, data["stamp"]))


def stop(ask: Ask, data: Mapping[str, Any]) -> Submitted:
    """Track this mail no longer."""
    sending.stop(_own(ask, data["stamp"]))
    return shown_instead(card(ask, data["stamp"]), ask.t("stopped_now"), is_news=True)


def card(ask: Ask, stamp_id: str) -> Card:
    """The card of a mail the user may see. Raises NotFound."""
    found = history.of(ask.viewer, stamp_id)
    return cards.card(ask, found, is_own=_is_own(ask, stamp_id))


def _is_own(ask: Ask, stamp_id: str) -> bool:
    return Stamp.get_or_none(id=stamp_id, user_id=ask.user.id) is not None


def _own(ask: Ask, stamp_id: str) -> Stamp:
    found: Stamp | None = Stamp.get_or_none(id=stamp_id, user_id=ask.user.id)
    if found is None:
        raise NotFound("problems.no_mail")
    return found
