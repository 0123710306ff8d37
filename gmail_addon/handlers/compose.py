"""The draft: its switches, its recipients, and links put in by hand."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from backend import clock
from backend.errors import Conflict, Invalid
from backend.mail.hrefs import escaped
from backend.models import mailboxes
from backend.models.mail import Participant, Stamp
from backend.models.preferences import remember_choice, tracking_default
from backend.tracking import carriers, sending, stamping
from backend.tracking.drafts import Channel, Draft, Recipient, Stamped
from backend.tracking.facts import Kind
from backend.tracking.policy import Preset, judge
from gmail_addon.answers import (
    Answer,
    InsertAt,
    NeedsScopes,
    Scopes,
    Submitted,
    pushed,
    shown_in_draft,
    shown_instead,
    shown_next,
    told,
)
from gmail_addon.asking import Ask
from gmail_addon.cards import compose as cards
from gmail_addon.cards import notices
from gmail_addon.cards.compose import LINKS, OPENS, TEXT, URL, Composing, Seen
from gmail_addon.handlers import mail
from gmail_addon.handlers.message import METADATA
from gmail_addon.widgets import Card, plain

SHORT_TEXT = 200
LONG_URL = 10_000  # longer than any that is tracked


def compose(ask: Ask) -> Answer:
    """The card of a draft it does not know yet: nothing is tracked until the writer says so."""
    if ask.refusal:
        return pushed(notices.said(ask, ask.t("track_this_mail"), ask.refusal))
    if ask.event.scopes is not None and not ask.event.may(METADATA):
        return NeedsScopes(Scopes((METADATA,)))  # else nobody knows who the draft goes to
    return pushed(_card(ask, Composing(clock.new_id())))


def track(ask: Ask, data: Mapping[str, Any]) -> Answer:
    """Take over what the two switches say now."""
    event, state = ask.event, Composing.of(data)
    wanted = replace(state, opens=event.is_on(OPENS), links=event.is_on(LINKS))
    return _switched(ask, wanted)


def track_as_usual(ask: Ask, data: Mapping[str, Any]) -> Answer:
    """Track what was tracked last time; who has not chosen yet tracks opens."""
    opens, links = tracking_default(ask.user)
    links = links and not _why_links_off(ask)
    return _switched(ask, replace(Composing.of(data), opens=opens or not links, links=links))


def switch_off(ask: Ask, data: Mapping[str, Any]) -> Answer:
    """Track nothing of this draft."""
    return _switched(ask, replace(Composing.of(data), opens=False, links=False))


def recipients(ask: Ask, data: Mapping[str, Any]) -> Answer:
    """Look again at who the draft goes to."""
    state = Composing.of(data)
    if state.is_on:
        return _sent(ask, state) or _tracked(ask, state)
    return shown_instead(_card(ask, state))


def insert_link(ask: Ask, data: Mapping[str, Any]) -> Answer:
    """Put a tracked link where the cursor is."""
    state, url = Composing.of(data), ask.event.typed(URL, LONG_URL)
    if not url:
        return told(ask.t("link_missing"))
    whole = url if "://" in url else f"https://{url}"
    text = ask.event.typed(TEXT, SHORT_TEXT) or url
    wanted = replace(state, links=True)
    try:
        stamped = _arm(ask, wanted)
        if stamped.reason:
            return shown_instead(_card(ask, wanted, stamped), ask.t(f"reasons.{stamped.reason}"))
        link = carriers.add_link(_stamp_of(ask, wanted), whole, text, ask.addon.host)
    except (Invalid, Conflict) as error:
        return told(error.told(ask.language))
    html = f'<a href="{escaped(link.tracked_url)}">{plain(text)}</a>'
    kind = _missing_picture(ask, wanted)
    if kind:
        html += carriers.picture(stamped.id, kind, ask.addon.host, is_block=False)
        wanted = replace(wanted, carries=wanted.carries + kind)
    return shown_in_draft(
        _card(ask, wanted, stamped), InsertAt.CURSOR, html, ask.t("link_inserted")
    )


def _switched(ask: Ask, wanted: Composing) -> Submitted:
    """Arm or disarm the draft and put in the picture it does not carry yet."""
    sent = _sent(ask, wanted)
    if sent is not None:
        return sent
    remember_choice(ask.user.id, opens=wanted.opens, links=wanted.links)
    if not wanted.is_on:
        return _off(ask, wanted, ask.t("switched_off_now"))
    return _tracked(ask, wanted, ask.t("switched_on_again"))


def _sent(ask: Ask, state: Composing) -> Submitted | None:
    """A draft's switches do nothing to a mail that is sent: its own card, which can end it."""
    stamp = _known(ask, state)
    if stamp is None or stamp.sent_at is None:
        return None
    return shown_next(mail.card(ask, stamp.id), ask.t("problems.mail_sent"))


def _off(ask: Ask, wanted: Composing, why: str) -> Submitted:
    stamp = _known(ask, wanted)
    if stamp is not None:
        sending.disarm(stamp)
    card = _card(ask, replace(wanted, opens=False, links=False))
    return shown_instead(card, why, is_news=True)


def _tracked(ask: Ask, wanted: Composing, told_again: str = "") -> Submitted:
    """Arm the draft; where it may be measured and carries no picture yet, put one in."""
    try:
        stamped = _arm(ask, wanted)
    except Invalid as error:  # it goes to more people than are judged
        return _off(ask, wanted, error.told(ask.language))
    if stamped.reason:
        return shown_instead(_card(ask, wanted, stamped), ask.t("stays_untracked"), is_news=True)
    kind = _missing_picture(ask, wanted)
    if kind is None:
        card = _card(ask, wanted, stamped)
        return shown_instead(card, told_again, is_news=True)
    html = carriers.picture(stamped.id, kind, ask.addon.host)
    carrying = replace(wanted, carries=wanted.carries + kind)
    card = _card(ask, carrying, stamped)
    return shown_in_draft(card, InsertAt.START, html, ask.t("switched_on"))


def _missing_picture(ask: Ask, state: Composing) -> Kind | None:
    """The picture that the draft needs and does not carry yet.

    With the relay the marker, which no reader gets; else the pixel, which counts nothing while
    opens are off. Whatever stamps the mail later knows it by its picture alone: links are copied
    from anywhere.
    """
    if not state.opens and not _is_stamped_later(ask):
        return None
    kind = Kind.MARKER if ask.addon.settings.gmail_relay else Kind.OPEN
    return None if kind in state.carries else kind


def _arm(ask: Ask, state: Composing) -> Stamped:
    """Record the draft; a repeat keeps its tokens."""
    to = _recipients(ask, state)
    draft = Draft(
        channel=Channel.GMAIL,
        sender=ask.account.email,
        subject="",
        recipients=to,
        # Without one there is nobody to make a copy for, and yet the draft gets its picture.
        per_recipient=bool(to) and _has_copies(ask),
        opens=state.opens,
        links=state.links,
        compose_id=state.compose,
    )
    return stamping.stamp(draft, ask.user, ask.addon.host, ask.policy)


def _recipients(ask: Ask, state: Composing) -> tuple[Recipient, ...]:
    """Those Gmail names now, else those of the call before: an event may come without them."""
    if ask.event.recipients:
        return ask.event.recipients
    stamp = _known(ask, state)
    if stamp is None:
        return ()
    found = (
        Participant.select()
        .where(Participant.message_id == stamp.message_id, Participant.role != "from")
        .order_by(Participant.position)
    )
    return tuple(Recipient(row.role, row.address, row.name) for row in found)


def _known(ask: Ask, state: Composing) -> Stamp | None:
    found: Stamp | None = Stamp.get_or_none(
        org_id=ask.user.org_id, user_id=ask.user.id, compose_id=state.compose
    )
    return found


def _stamp_of(ask: Ask, state: Composing) -> Stamp:
    found = _known(ask, state)
    if found is None:
        raise Conflict("problems.no_draft")
    return found


def _card(ask: Ask, state: Composing, stamped: Stamped | None = None) -> Card:
    to = _recipients(ask, state)
    if stamped is None:
        judged = judge(ask.user.org_id, ask.policy, (who.address for who in to))
        judgements = tuple(judged.values())
    else:
        judgements = stamped.recipients
    settings = ask.addon.settings
    seen = Seen(
        judgements=judgements,
        names={who.address: who.name for who in to},
        refusal=stamped.reason if stamped else "",
        why_links_off=_why_links_off(ask),
        links_how="track_links_how" if settings.gmail_relay else "track_links_button",
        has_copies=_has_copies(ask),
        is_send_known=_is_send_known(ask),
        can_send=settings.gmail_send_tracked and state.is_on,
    )
    return cards.card(ask, state, seen)


def _is_send_known(ask: Ask) -> bool:
    """Whether anything says when the mail was sent, whichever button sends it: relay or sync."""
    return ask.addon.settings.gmail_relay or mailboxes.is_synced(ask.user.id, "google")


def _has_copies(ask: Ask) -> bool:
    """Whether the relay gives each recipient a copy of her own."""
    tells_apart = ask.policy.relay_copies and ask.policy.preset != Preset.AGGREGATE
    return ask.addon.settings.gmail_relay and tells_apart


def _is_stamped_later(ask: Ask) -> bool:
    """Whether anything stamps the whole mail on its way."""
    return ask.addon.settings.gmail_relay or ask.addon.settings.gmail_send_tracked


def _why_links_off(ask: Ask) -> str:
    return "" if _is_stamped_later(ask) else "links_need"
