"""Coming back from a provider: to sign in, to link an account, to connect a mailbox, to try it."""

import logging
from http import HTTPStatus

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from backend.access import address_books, connections, flows, identities, mailboxes, signing_in
from backend.access.flows import Arrival, Purpose, Stale
from backend.access.mailboxes import BeingErased, OtherAccount
from backend.errors import Conflict, NotFound
from backend.models.mailboxes import Connection
from backend.models.org import User
from backend.providers import probe
from backend.providers.faults import Away, Refused
from backend.tracking.policy import policy_of
from backend.web import callers, doors, forms, payloads, reader, screens, travels
from backend.web.admin import loop
from backend.web.forms import lead_to
from backend.web.permissions import OWN_FRESH, PUBLIC, allow, caller, require_own_form

log = logging.getLogger(__name__)

pages = Blueprint("oauth", __name__)
screens.prepare(pages)

ANSWERS = ("state", "code", "error", "error_description", "iss", "admin_consent", "tenant")
MAX_ANSWER = 4000
_AN_ADMINS = frozenset({Purpose.PILOT, Purpose.LOOP, Purpose.CONSENT})


class Chosen(forms.Form):
    """Which account."""

    identity: payloads.Uuid


@pages.post("/signin/with/<id:connection_id>")
@allow(PUBLIC)
def sign_in(connection_id: str) -> AnyResponse:
    """Leave for a provider to sign in."""
    require_own_form()
    for connection in connections.for_signing_in():
        if connection.id == connection_id:
            return leave(connection, Purpose.SIGNIN, None)
    raise NotFound("problems.signin_off")


@pages.post("/console/account/link/<any(google,microsoft):provider>")
@allow(OWN_FRESH)
def link(provider: str) -> AnyResponse:
    """Leave for a provider to make an account there one's way in."""
    connection = connections.ready(caller().org_id, provider)
    return leave(connection, Purpose.LINK, caller().user_id)


@pages.post("/console/account/unlink")
@allow(OWN_FRESH)
def unlink() -> AnyResponse:
    """Take an account off."""
    form = Chosen.model_validate(forms.fields())
    identities.unlink(callers.me(), form.identity)
    return lead_to("/console/account")


@pages.get("/oauth/<any(google,microsoft):provider>")
@allow(PUBLIC)
def arrive(provider: str) -> AnyResponse:
    """Take the provider's answer in; what does not fit is told on a page and keeps nothing."""
    answer = {name: request.args[name][:MAX_ANSWER] for name in ANSWERS if name in request.args}
    doubled = any(len(request.args.getlist(name)) > 1 for name in ANSWERS)
    try:
        if doubled:
            raise Stale("problems.answer_double")
        arrival = flows.finish(travels.clients(), provider, travels.known_browser(), answer)
        _require_still_may(arrival)
        return _ENDS[arrival.purpose](arrival)
    except Refused as error:
        log.warning("provider refused", extra={"provider": provider, "key": error.key})
        return failed(provider, error.key, error.code)
    except Stale as error:
        return failed(provider, "stale", status=error.status)
    except Away as error:
        return failed(provider, "away", status=error.status)
    except OtherAccount as error:
        return failed(provider, "other_account", expected=error.expected, found=error.found)
    except Conflict as error:
        key = "erasing" if isinstance(error, BeingErased) else "taken"
        return failed(provider, key, status=error.status)


def failed(
    provider: str,
    key: str,
    code: str = "",
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY,
    **named: str,
) -> Response:
    """The page for what went wrong: our words with the way to mend it, and the raw code."""
    page = render_template(
        "provider_failed.html",
        provider=provider,
        key=key,
        code=code,
        named={"expected": "", "found": ""} | named,
        redirect_uri=connections.redirect_uri(doors.the_settings(), provider),
        back="/console" if reader.signed_in() else "/signin",
    )
    return Response(page, status=status)


def leave(
    connection: Connection, purpose: Purpose, user_id: str | None, hint: str = ""
) -> Response:
    """The page that leads on to the provider, or the one for why it cannot be asked."""
    try:
        return travels.send(connection, purpose, user_id, hint)
    except Refused as error:
        return failed(connection.provider, error.key, error.code)
    except Away as error:
        return failed(connection.provider, "away", status=error.status)


def _require_still_may(arrival: Arrival) -> None:
    """Nothing, if what let the browser leave still holds: meanwhile an admin may have acted."""
    if arrival.purpose == Purpose.SIGNIN:
        if arrival.connection not in connections.for_signing_in():
            raise Stale("problems.signin_off")
        return
    who = reader.signed_in()
    if who is None or who.user_id != arrival.user_id:
        raise Stale("problems.answer_of_other")
    if arrival.purpose in _AN_ADMINS and who.role != "admin":
        raise Stale("problems.answer_of_other")


def _signed_in(arrival: Arrival) -> AnyResponse:
    user = identities.user_of(arrival.connection.org_id, arrival.account)
    if user is None:
        return failed(arrival.connection.provider, "not_linked", status=HTTPStatus.FORBIDDEN)
    entered = signing_in.open_for(
        user, arrival.connection.provider, has_factor=arrival.account.has_second_factor
    )
    return doors.let_in(entered)


def _linked(arrival: Arrival) -> AnyResponse:
    user: User = User.get_by_id(arrival.user_id)
    identities.link(user, arrival.connection.provider, arrival.account)
    return lead_to("/console/account?done=linked")


def _connected(arrival: Arrival) -> AnyResponse:
    user: User = User.get_by_id(arrival.user_id)
    mailboxes.connect(travels.clients(), arrival, user, policy_of(user.org_id).sharing)
    return lead_to("/console/mailboxes?done=connected")


def _contacts_allowed(arrival: Arrival) -> AnyResponse:
    """The mailbox is connected anew; its contacts come in only if that was left ticked."""
    user: User = User.get_by_id(arrival.user_id)
    sharing = policy_of(user.org_id).sharing
    mailbox = mailboxes.connect(travels.clients(), arrival, user, sharing)
    if not probe.opens_book(mailbox.provider, arrival.grant.scopes):
        return lead_to("/console/mailboxes?done=contacts_unticked")
    address_books.switch_on(user, mailbox)
    return lead_to("/console/mailboxes?done=contacts_on")


def _tried(arrival: Arrival) -> AnyResponse:
    connection, clients = arrival.connection, travels.clients()
    where = f"/console/admin/connections/{connection.provider}"
    try:
        mailboxes.require_whole(arrival)
        client, api = clients.of(connection), clients.api_of(connection.provider)
        token = arrival.grant.access_token
        address = probe.address_of(client, api, token)
        probe.read_one(client, api, token)
    except Refused as error:
        connections.note(connection, connections.State.FAULTY, error.key)
        return failed(connection.provider, error.key, error.code)
    connection.detail = {**connection.detail, "pilot": mailboxes.normal(address)}
    connections.note(connection, connections.State.READY)
    return lead_to(f"{where}?done=pilot")


def _consented(arrival: Arrival) -> AnyResponse:
    where = f"/console/admin/connections/{arrival.connection.provider}/organisation"
    return lead_to(f"{where}?done=consent")


_ENDS = {
    Purpose.SIGNIN: _signed_in,
    Purpose.LINK: _linked,
    Purpose.MAILBOX: _connected,
    Purpose.CONTACTS: _contacts_allowed,
    Purpose.PILOT: _tried,
    Purpose.LOOP: loop.begin,
    Purpose.CONSENT: _consented,
}
