"""The button "Send tracked": stamp the whole draft and send it, as this very request may.

The draft is found by its picture. Each mail is claimed before it is touched, so that two
presses, or a press after a crash, send it once.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from backend import clock, db
from backend.errors import Conflict, Invalid, TelltaleError, Unavailable
from backend.mail.body_kind import Unstampable
from backend.mail.html_body import HtmlBody
from backend.mail.mail_facts import facts_of
from backend.mail.mime import MimeMail, read_mail
from backend.models import tracked_sends
from backend.models.mail import Stamp, StampCopy
from backend.models.tracked_sends import Claim
from backend.providers.gmail import Declined, Gmail, Gone, RawDraft, Refused
from backend.tracking import merging, sending, stamping
from backend.tracking.drafts import Channel, Draft, State, recipients_in
from backend.tracking.policy import policy_of
from gmail_addon.answers import Answer, NeedsScopes, Scopes, Submitted, shown_instead, told
from gmail_addon.asking import Ask
from gmail_addon.cards import notices
from gmail_addon.cards.compose import Composing
from gmail_addon.deployment import SENDING

# Any of these lets a token list, change and send drafts.
MAY_SEND = (
    SENDING,
    "https://www.googleapis.com/auth/gmail.modify",
    "https://mail.google.com/",
)

# Gmail waits 30 s for us, and the three calls behind it may take `providers.gmail.ANSWER_S` each.
FINDING = timedelta(seconds=5)

log = logging.getLogger(__name__)


class Stays(TelltaleError):
    """The draft stays as it is; the sentence says why."""


class Unknown(TelltaleError):
    """Whether Gmail has sent it is not known."""


def confirm(ask: Ask, data: Mapping[str, Any]) -> Submitted:
    """Say what will happen, also to the open window, before anything does."""
    now = ask.button("send_now", "send_tracked", **data)
    back = ask.button("send_not_now", "recipients", **data)
    card = notices.said(ask, ask.t("send_tracked"), ask.t("send_what_happens"), now, back)
    return shown_instead(card)


def send(ask: Ask, data: Mapping[str, Any]) -> Answer:
    """Stamp and send the draft of this card."""
    if not ask.addon.settings.gmail_send_tracked:
        return told(ask.t("way_send_off"))
    if ask.event.scopes is not None and not ask.event.may(*MAY_SEND):
        return NeedsScopes(Scopes((SENDING,)))
    gmail = Gmail(ask.addon.settings.gmail_addon_endpoint, ask.event.oauth_token)
    try:
        _send(ask, gmail, _armed(ask, Composing.of(data)))
    except Refused:
        return NeedsScopes(Scopes((SENDING,)))
    except (Stays, Unknown, Unavailable, Invalid, Conflict) as error:
        return told(error.told(ask.language))
    card = notices.said(ask, ask.t("sent_title"), ask.t("sent_what_now"))
    return shown_instead(card, ask.t("sent_title"), is_news=True)


def _armed(ask: Ask, state: Composing) -> Stamp:
    found: Stamp | None = Stamp.get_or_none(
        org_id=ask.user.org_id, user_id=ask.user.id, compose_id=state.compose
    )
    # Stamped by a try before, which Gmail did not take: it may be tried again.
    is_on = found is not None and found.state in {State.ARMED, State.STAMPED}
    if found is None or not (is_on or found.sent_at):
        raise Stays("gmail.send_needs_tracking")
    return found


def _send(ask: Ask, gmail: Gmail, stamp: Stamp) -> None:
    found = None if stamp.sent_at else _find(ask, gmail, stamp)
    if found is None:
        _settle(stamp)
        return
    draft, mail = found
    if tracked_sends.claim(stamp.org_id, stamp.id) is not Claim.MINE:
        raise Stays("gmail.send_under_way")
    try:
        gmail.replace(draft, _stamped(ask, stamp, mail))
        sent_id = _sent_by(gmail, draft.id)
    except Unknown:
        raise
    except TelltaleError as error:
        tracked_sends.give_back(stamp.id)
        raise Stays("gmail.send_declined") if isinstance(error, Declined) else error from None
    try:
        _confirm(stamp, sent_id)
    except db.AWAY as error:  # it is sent all the same; the next press, relay or sync notes it
        log.error("a sent mail could not be noted", extra={"kind": type(error).__name__})


def _sent_by(gmail: Gmail, draft_id: str) -> str:
    """The id of the mail that Gmail has sent. Raises Gone, Refused, Declined: it has not."""
    try:
        return gmail.send(draft_id)
    except Declined:
        raise
    except Unavailable:
        raise Unknown("gmail.send_unknown") from None


def _settle(stamp: Stamp) -> None:
    """No draft carries the picture: it was sent by us before, or there is none yet."""
    if stamp.sent_at is None and tracked_sends.state_of(stamp.id) != "sending":
        raise Stays("gmail.draft_not_found")
    _confirm(stamp)


def _confirm(stamp: Stamp, gmail_id: str = "") -> None:
    tracked_sends.finish(stamp.id, gmail_id)
    sending.confirm(stamp, stamp.sent_at or clock.now(), sending.Source.SENDER)


def _find(ask: Ask, gmail: Gmail, stamp: Stamp) -> tuple[RawDraft, MimeMail] | None:
    """The draft with this stamp's picture in its new text; other cards' stamps of it are merged."""
    rules = stamping.link_rules(policy_of(stamp.org_id), ask.addon.host)
    own = {
        token
        for row in StampCopy.select().where(StampCopy.stamp_id == stamp.id)
        for token in (row.pixel_token, row.marker_token)
    }
    until = clock.wall() + FINDING
    for draft_id in gmail.drafts():
        if clock.wall() > until:
            raise Unavailable("problems.gmail_away")
        try:
            draft = gmail.draft(draft_id)
        except Gone:  # sent or discarded since it was listed
            continue
        mail = read_mail(draft.raw)
        if isinstance(mail, Unstampable):
            continue
        tokens = HtmlBody.read(mail.html, rules).new_pixels
        if own.isdisjoint(tokens):
            continue
        found = merging.stamps_of(tokens, stamp.user_id)
        merging.merge(stamp, [other for other in found if other.id != stamp.id])
        return draft, mail
    return None


def _stamped(ask: Ask, stamp: Stamp, mail: MimeMail) -> bytes:
    """The draft's bytes with pixel and wrapped links. Raises Stays where that cannot be."""
    facts = facts_of(mail.headers)
    found = recipients_in(to=facts.to, cc=facts.cc)
    for who in ask.event.recipients:  # Gmail names those in Bcc, too
        found.setdefault(who.address, who)
    if not found:
        raise Stays("gmail.no_recipients_yet")
    draft = Draft(
        channel=Channel.GMAIL,
        sender=ask.account.email,
        subject=facts.subject,
        recipients=tuple(found.values()),
        opens=stamp.opens,
        links=stamp.links,
        compose_id=stamp.compose_id,
        html=mail.html,
    )
    stamped = stamping.stamp(draft, ask.user, ask.addon.host, ask.policy)
    raw = mail.with_html(stamped.html) if stamped.html and not stamped.reason else None
    if raw is None:
        raise Stays("gmail.send_not_possible")
    return raw
