"""Every error as an RFC 9457 problem, with a sentence that says what to do."""

import logging
from http import HTTPStatus
from typing import Any

import orjson
import peewee
import psycopg
from flask import Flask, Response, redirect, request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import HTTPException
from werkzeug.sansio.response import Response as SansIOResponse
from werkzeug.wrappers import Response as AnyResponse

from backend.errors import NotFound, NotSignedIn, TelltaleError, Unavailable
from backend.web import error_pages

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:telltale:problem:"
RETRY_AFTER_S = 2
MAX_FIELDS = 20

log = logging.getLogger(__name__)

_ADVICE = {
    HTTPStatus.BAD_REQUEST: "The request could not be read; check its syntax.",
    HTTPStatus.NOT_FOUND: "There is nothing at this address; see /api/docs for what there is.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take that method; see Allow.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than this address takes.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Send the body as application/json.",
}


class Field(BaseModel):
    """One wrong field: where it is and what is wrong with it."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem; `fields` names what is wrong in a body or query."""

    type: str
    title: str
    status: int
    detail: str
    fields: list[Field] | None = None


def documented(*statuses: HTTPStatus) -> dict[int | str, Any]:
    """These statuses as problems, for the OpenAPI document."""
    return {
        status.value: {
            "description": status.phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


# What every API route may answer, and what those that change something may.
PROBLEMS = documented(
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
CONFLICTS = documented(HTTPStatus.CONFLICT)


def problem(
    status: int, title: str, detail: str, slug: str, fields: list[Field] | None = None
) -> Response:
    """The response for one problem."""
    body = Problem(
        type=TYPE_PREFIX + slug, title=title, status=status, detail=detail, fields=fields
    )
    return Response(body.model_dump_json(exclude_none=True), status=status, content_type=MEDIA_TYPE)


def of_validation(error: ValidationError) -> Response:
    """A 422 that names each wrong field; never repeats what was sent."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    fields = [
        Field(field=".".join(str(part) for part in fault["loc"]) or "body", message=_said(fault))
        for fault in faults[:MAX_FIELDS]
    ]
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request does not fit",
        "Correct the fields that are named and send it again.",
        "validation",
        fields,
    )


def of_http(error: HTTPException) -> SansIOResponse:
    """The problem for one of werkzeug's errors."""
    if error.response is not None:  # an answer somebody raised, such as a validation problem
        return error.get_response()
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    if status == HTTPStatus.NOT_FOUND and error_pages.is_wanted():
        return error_pages.bare_page(NotFound("There is nothing at this address."))
    response = problem(
        status,
        status.phrase,
        _ADVICE.get(status, "See /api/docs for what this address takes."),
        status.name.lower().replace("_", "-"),
    )
    allow = dict(error.get_headers()).get("Allow")
    if allow:
        response.headers["Allow"] = allow
    return response


def register(app: Flask) -> None:
    """Turn every error of the app into a problem."""
    app.register_error_handler(TelltaleError, _of_ours)
    app.register_error_handler(HTTPException, of_http)
    for error in (peewee.OperationalError, peewee.InterfaceError, psycopg.OperationalError):
        app.register_error_handler(error, _of_database)
    app.register_error_handler(Exception, _of_surprise)


def _said(fault: ErrorDetails) -> str:
    # pydantic names our classes here, which nobody outside knows.
    return "must be a JSON object" if fault["type"] == "model_type" else fault["msg"]


def _of_ours(error: TelltaleError) -> AnyResponse:
    is_page = request.method == "GET" and request.accept_mimetypes.best == "text/html"
    if isinstance(error, NotSignedIn) and is_page:
        return redirect("/signin")
    return problem(error.status, error.title, error.detail, error.slug)


def _of_database(error: Exception) -> Response:
    why = next(iter(str(error).splitlines()), "")
    log.error("database unavailable", extra={"kind": type(error).__name__, "why": why})
    away = Unavailable("The database does not answer now; try again in a moment.")
    if error_pages.is_wanted():
        response = error_pages.bare_page(away)
    else:
        response = problem(away.status, away.title, away.detail, away.slug)
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _of_surprise(error: Exception) -> Response:
    log.error("unexpected error", exc_info=error, extra={"endpoint": request.endpoint})
    ours = TelltaleError(
        "This is our fault and is in the server's log; try again, and tell your admin."
    )
    if error_pages.is_wanted():
        return error_pages.bare_page(ours)
    return problem(ours.status, ours.title, ours.detail, ours.slug)


def dumps(value: object) -> bytes:
    """JSON bytes for a response."""
    return orjson.dumps(value)


def answer(value: object, status: int = HTTPStatus.OK) -> Response:
    """A value as a JSON response."""
    return Response(dumps(value), status=status, content_type="application/json")
