"""The programs whose mail the relay measures, over HTTP; for admins."""

from http import HTTPStatus
from typing import Annotated, Any

from flask import Response
from flask_openapi import APIBlueprint
from pydantic import Field

from backend.models.org import MAX_NAME
from backend.models.senders import (
    AutomatedSender,
    Choices,
    add_sender,
    change_sender,
    remove_sender,
    senders_of,
)
from backend.web import payloads
from backend.web.permissions import MANAGE, MANAGE_FRESH, allow, caller
from backend.web.problems import CONFLICTS, PROBLEMS, answer

api = APIBlueprint(
    "senders", __name__, url_prefix="/api/v1/automated-senders", abp_responses=PROBLEMS
)


class ChoicesIn(payloads.Shape):
    """What to measure; `owner_id` is the user in whose Feed the mail appears (default: you)."""

    name: Annotated[payloads.Line, Field(max_length=MAX_NAME)] = ""
    owner_id: payloads.Uuid | None = None
    opens: payloads.Flag = True
    links: payloads.Flag = True
    per_recipient: payloads.Flag = True
    is_paused: payloads.Flag = False


class ProgramIn(ChoicesIn):
    """A program by the address in its mail's From."""

    address: payloads.Address


class ProgramOut(payloads.Answer):
    """A registered program."""

    id: str
    address: str
    name: str
    owner_id: str
    opens: bool
    links: bool
    per_recipient: bool
    is_paused: bool


class ProgramsOut(payloads.Answer):
    """All of the organisation's, by address."""

    items: list[ProgramOut]


@api.get("", responses={200: ProgramsOut})
@allow(MANAGE)
def index() -> Response:
    """The programs whose mail is measured."""
    return answer({"items": [_out(row) for row in senders_of(caller().org_id)]})


@api.post("", responses={201: ProgramOut, **CONFLICTS})
@allow(MANAGE_FRESH)
def add(body: ProgramIn) -> Response:
    """Measure the mail of a program from now on."""
    who = caller()
    row = add_sender(who.org_id, who.email, body.address, _choices(body))
    return answer(_out(row), HTTPStatus.CREATED)


@api.put("/<id:id>", responses={200: ProgramOut})
@allow(MANAGE_FRESH)
def change(path: payloads.ById, body: ChoicesIn) -> Response:
    """Give a program other choices; what is left out is the default again."""
    who = caller()
    return answer(_out(change_sender(who.org_id, who.email, path.id, _choices(body))))


@api.delete("/<id:id>", responses={204: None})
@allow(MANAGE_FRESH)
def remove(path: payloads.ById) -> Response:
    """Leave the mail of a program alone from now on; what was measured stays."""
    who = caller()
    remove_sender(who.org_id, who.email, path.id)
    return Response(status=HTTPStatus.NO_CONTENT)


def _choices(body: ChoicesIn) -> Choices:
    return Choices(
        name=body.name,
        user_id=body.owner_id or caller().user_id,
        opens=body.opens,
        links=body.links,
        per_recipient=body.per_recipient,
        is_paused=body.is_paused,
    )


def _out(row: AutomatedSender) -> dict[str, Any]:
    return {
        "id": row.id,
        "address": row.address,
        "name": row.name,
        "owner_id": row.user_id,
        "opens": row.opens,
        "links": row.links,
        "per_recipient": row.per_recipient,
        "is_paused": row.is_paused,
    }
