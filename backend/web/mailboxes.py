"""A rep's own mailboxes: connect, see where each stands, pause, disconnect."""

from typing import Annotated, Literal

from flask import Blueprint, render_template, request
from pydantic import Field
from werkzeug.wrappers import Response as AnyResponse

from backend.access import address_books, connections, coverage, mailbox_reasons, mailboxes
from backend.access.flows import Purpose
from backend.capture import calendar_sync, side_streams
from backend.errors import Conflict
from backend.insights import address_books as books
from backend.insights import mailbox_health
from backend.insights.mailbox_progress import progress_of
from backend.models.mailboxes import ENDED, RESTING, CaptureMode, GrantedBy, Mailbox
from backend.models.org import User
from backend.web import doors, forms, oauth, screens, travels
from backend.web.callers import me
from backend.web.forms import lead_to
from backend.web.permissions import OWN, allow, caller, require_fresh

pages = Blueprint("mailboxes", __name__)
screens.prepare(pages)

LIST = "/console/mailboxes"
_MOVES = {
    "pause": mailboxes.pause,
    "resume": mailboxes.resume,
    "switch_on": coverage.switch_on,
    "contacts_off": address_books.switch_off,
}
_CONFLICTS = {
    "pause": "not_connected",
    "resume": "not_paused",
    "reach": "not_connected",
    "disconnect": "not_connected",
    "switch_on": "not_covered",
}
MOVES = "pause,resume,capture,reach,disconnect,erase,switch_on,contacts_off"


class CaptureForm(forms.Form):
    """How much of each mail is kept."""

    mode: CaptureMode


class ReachForm(forms.Form):
    """How far back mail is fetched."""

    months: Annotated[int, Field(ge=0, le=mailboxes.MOST_MONTHS)]


class EndForm(forms.Form):
    """What happens to what was captured."""

    data: Literal["keep", "erase"]


@pages.get(LIST)
@allow(OWN)
def index() -> str:
    """One's mailboxes, and the providers that can be connected."""
    who = caller()
    found = [connections.find(who.org_id, provider) for provider in connections.PROVIDERS]
    own = mailboxes.all_of(who.user_id)
    return render_template(
        "mailboxes.html",
        mailboxes=own,
        why_of=mailbox_reasons.why_of,
        why_untold=mailbox_reasons.why_untold,
        mend_of=mailbox_reasons.mend_of,
        why_apart=mailbox_reasons.why_apart,
        resting=RESTING,
        progress=progress_of([each.id for each in own]),
        calendars=side_streams.reasons(who.user_id, calendar_sync.KIND),
        books=books.of_user(who.user_id),
        notices=mailbox_health.notices_of_user(who.user_id),
        connections=[each for each in found if each and each.state == connections.State.READY],
        modes=list(CaptureMode),
        months_back=mailboxes.months_back,
        most_months=mailboxes.MOST_MONTHS,
        email=who.email,
        done=request.args.get("done", ""),
    )


@pages.post(f"{LIST}/connect/<any(google,microsoft):provider>")
@allow(OWN)
def connect(provider: str) -> AnyResponse:
    """Leave for the provider to consent."""
    who = caller()
    connection = connections.ready(who.org_id, provider)
    there = [each for each in mailboxes.all_of(who.user_id) if each.provider == provider]
    brings = any(each.brings_contacts for each in there)
    purpose = Purpose.CONTACTS if brings else Purpose.MAILBOX
    return oauth.leave(connection, purpose, who.user_id, who.email)


@pages.post(f"{LIST}/<id:mailbox_id>/contacts")
@allow(OWN)
def bring_contacts(mailbox_id: str) -> AnyResponse:
    """Bring the address book in from now on, by the provider's consent page where it is needed."""
    user = me()
    mailbox = mailboxes.one(user.id, mailbox_id)
    if mailbox.state not in ENDED and address_books.needs_consent(doors.the_safe(), mailbox):
        connection = connections.ready(user.org_id, mailbox.provider)
        return oauth.leave(connection, Purpose.CONTACTS, user.id, user.email)
    try:
        address_books.switch_on(user, mailbox)
    except Conflict:
        return lead_to(f"{LIST}?done=not_connected")
    return lead_to(f"{LIST}?done=contacts_on")


@pages.post(f"{LIST}/<id:mailbox_id>/<any({MOVES}):move>")
@allow(OWN)
def change(mailbox_id: str, move: str) -> AnyResponse:
    """Pause, resume, choose what is kept, disconnect, erase.

    Raises NotFound, Invalid, and ConfirmNeeded where something is erased.
    """
    user = me()
    mailbox = mailboxes.one(user.id, mailbox_id)
    try:
        done = _move(user, mailbox, move)
    except Conflict:
        done = _CONFLICTS.get(move, "not_disconnected")
    return lead_to(f"{LIST}?done={done}")


def _move(user: User, mailbox: Mailbox, move: str) -> str:
    """What was done, as the page tells it. Raises Conflict, Invalid, ConfirmNeeded."""
    if move == "disconnect":
        return _disconnect(user, mailbox)
    if move == "capture":
        mailboxes.set_capture(user, mailbox, forms.checked(CaptureForm).mode)
    elif move == "reach":
        mailboxes.reach_back(user, mailbox, forms.checked(ReachForm).months)
    elif move == "erase":
        require_fresh()
        mailboxes.ask_erase(user, mailbox)
    else:
        _MOVES[move](user, mailbox)
    return move


def _disconnect(user: User, mailbox: Mailbox) -> str:
    erase = forms.checked(EndForm).data == "erase"
    if erase:
        require_fresh()
    is_revoked = mailboxes.disconnect(travels.clients(), user, mailbox, erase=erase)
    if mailbox.granted_by == GrantedBy.ORGANISATION:
        return "switched_off"
    return "revoked" if is_revoked else "not_revoked"
