"""Connecting a panel without an identity provider, in the shape of RFC 8628's device flow.

Where an Entra app is set, the panel may bring a token of Microsoft's instead (POST .../entra).
The panel starts it (POST /api/v1/pairing/start) and shows a code; its user types that in a browser
where she is signed in (/pair, backend/web/approving.py) and approves; the panel asks (POST
/api/v1/pairing/poll) and gets a problem named as in RFC 8628 until then, and once its two tokens.
"""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from flask import Response, current_app
from flask_openapi import APIBlueprint
from pydantic import Field

from backend.access import identities, tries
from backend.errors import Forbidden, NotFound, TelltaleError, TooManyTries
from backend.models import pairing
from backend.models.pairing import Offered, OutlookClient, Standing
from backend.providers.entra import MAX_TOKEN, Entra
from backend.providers.openid import Account
from backend.web import doors, payloads
from backend.web.permissions import PUBLIC, WRITE, allow
from backend.web.problems import PROBLEMS, answer, documented

api = APIBlueprint("pairing", __name__, url_prefix="/api/v1/pairing", abp_responses=PROBLEMS)
OPEN: list[dict[str, list[str]]] = [{}]  # for the document: who is not connected has no token
LIMITED = documented(HTTPStatus.TOO_MANY_REQUESTS)


class NotYet(TelltaleError):
    """The panel has no tokens yet, or never will; the slug is RFC 8628's word for it."""

    status = HTTPStatus.BAD_REQUEST

    def __init__(self, standing: Standing) -> None:
        super().__init__(_ADVICE[standing])
        self.slug = str(standing)


class NotLinked(Forbidden):
    """An account of Microsoft's that is no user's here; the panel then goes on by the code."""

    slug = "not-linked"


class MailboxNotApproved(Forbidden):
    """A mailbox that its account's user has not connected by a code before."""

    slug = "not-approved"


_ADVICE = {
    Standing.PENDING: "problems.pair_pending",
    Standing.SLOW_DOWN: "problems.pair_slow_down",
    Standing.DENIED: "problems.pair_denied",
    Standing.EXPIRED: "problems.pair_expired",
}


Token = Annotated[str, Field(min_length=1, max_length=MAX_TOKEN)]


class Panel(payloads.Shape):
    """A panel that wants to be connected: the mailbox it is open in, and where it runs."""

    mailbox: payloads.Address
    client: OutlookClient = OutlookClient.OTHER


class StartIn(Panel):
    """The same, and an access token of Entra's whose account its user may link by approving."""

    token: Token | None = None


class StartOut(payloads.Answer):
    """RFC 8628 section 3.2; the user's code is in the address's fragment, which no server sees."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


class PollIn(payloads.Shape):
    """The secret of a pairing that was started."""

    device_code: Annotated[payloads.Line, Field(min_length=1, max_length=200)]


class EntraIn(Panel):
    """A panel that brings an access token of our own app at Entra."""

    token: Token


class PollOut(payloads.Answer):
    """The panel's token, and the one for its send handler; given once."""

    read_token: str
    stamp_token: str


@api.post("/start", responses={201: StartOut, **LIMITED}, security=OPEN)
@allow(PUBLIC)
def start(body: StartIn) -> Response:
    """Begin to connect a panel: a code for its user to approve in a browser, within ten minutes."""
    _enter(f"start {body.mailbox}")
    account = _account_of(body.token) if body.token else None
    offered = Offered(account.issuer, account.subject, account.address) if account else None
    started = pairing.start(body.mailbox, body.client, offered)
    address = f"{doors.the_settings().public_url}/pair"
    return answer(
        {
            "device_code": started.device_code,
            "user_code": started.user_code,
            "verification_uri": address,
            "verification_uri_complete": f"{address}#{started.user_code}",
            "expires_in": int(pairing.LIFE.total_seconds()),
            "interval": pairing.INTERVAL_S,
        },
        HTTPStatus.CREATED,
    )


@api.post("/poll", responses={200: PollOut}, security=OPEN)
@allow(PUBLIC)
def poll(body: PollIn) -> Response:
    """The two tokens, once they were approved; until then a 400 named as in RFC 8628."""
    standing, tokens = pairing.collect(body.device_code)
    if tokens is None:
        raise NotYet(standing)
    return answer({"read_token": tokens.read, "stamp_token": tokens.stamp})


@api.post(
    "/entra",
    responses={200: PollOut, **documented(HTTPStatus.FORBIDDEN), **LIMITED},
    security=OPEN,
)
@allow(PUBLIC)
def exchange(body: EntraIn) -> Response:
    """The two tokens for an access token of Entra's, if a user has linked its account.

    She links it on her account page, or when she approves a code; until then, and for a mailbox
    that she has not approved for her account, the panel is connected by its code.
    """
    noted = _enter(f"entra {body.mailbox}")
    user = identities.holder_of(_account_of(body.token))
    if user is None or user.role not in WRITE.roles:
        raise NotLinked("problems.microsoft_unlinked")
    if body.mailbox.lower() not in pairing.addresses_of(user):
        raise MailboxNotApproved("problems.mailbox_unapproved")
    tries.forgive(noted)
    tokens = pairing.tokens_of(user, body.client)
    return answer({"read_token": tokens.read, "stamp_token": tokens.stamp})


def _account_of(token: str) -> Account:
    entra: Entra | None = current_app.extensions["entra"]
    if entra is None:
        raise NotFound("problems.no_entra")
    return entra.account_of(token)


def _enter(what: str) -> list[str]:
    try:
        return tries.enter(door(what))
    except TooManyTries:  # whose usual advice, a link to sign in by, connects no panel
        raise TooManyTries("problems.pair_too_many") from None


def door(what: str) -> tries.Door:
    """Tries to connect count by themselves: they keep nobody in the same house from signing in."""
    found = doors.door(what)
    return replace(found, secret=f"{found.secret} pairing")
