"""Every error as an RFC 9457 problem, whose sentence says what to do in the reader's language.

The language is the signed-in user's choice, else that of Accept-Language, else English; `type` and
the names of fields are the same in all of them, for programs.
"""

import logging
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, g, redirect, request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import HTTPException
from werkzeug.sansio.response import Response as SansIOResponse
from werkzeug.wrappers import Response as AnyResponse

from backend import db
from backend.errors import NotFound, NotSignedIn, TelltaleError, TooManyTries, Unavailable, Unfit
from backend.web import error_pages, reader
from backend.web.payloads import UUID_PATTERN
from backend.words import Language, has, t
from backend.words.sentence import Sentence

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:telltale:problem:"
RETRY_AFTER_S = 2
MAX_FIELDS = 20
MAX_NAME = 200  # of a field that nobody knows, whose name may be as long as a body
# What is asked for by a pattern, in words.
_KEYS: dict[object, str] = {UUID_PATTERN: "fields.id", r"\S": "fields.blank"}

log = logging.getLogger(__name__)


class Field(BaseModel):
    """One wrong field: where it is and what is wrong with it."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem; `fields` names what is wrong in a body or query.

    `title`, `detail` and each `message` are in the signed-in user's language, else in that of
    Accept-Language (English or German), else in English; Content-Language says which. Programs go
    by `type`, which never changes.
    """

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


def problem(status: int, slug: str, said: Sentence, fields: list[Field] | None = None) -> Response:
    """The response for one problem."""
    language = _language()
    body = Problem(
        type=TYPE_PREFIX + slug,
        title=_title(status, slug, language),
        status=status,
        detail=said.told(language),
        fields=fields,
    )
    response = Response(
        body.model_dump_json(exclude_none=True), status=status, content_type=MEDIA_TYPE
    )
    response.headers["Content-Language"] = language
    response.vary.add("Accept-Language")
    return response


def of_validation(error: ValidationError) -> Response:
    """A 422 that names each wrong field; never repeats what was sent."""
    faults = error.errors(include_url=False, include_input=False)
    language = _language()
    fields = [
        Field(
            field=".".join(str(part) for part in fault["loc"])[:MAX_NAME] or "body",
            message=_said(fault, language),
        )
        for fault in faults[:MAX_FIELDS]
    ]
    said = Sentence("problems.validation")
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "validation", said, fields)


def of_http(error: HTTPException) -> SansIOResponse:
    """The problem for one of werkzeug's errors."""
    if error.response is not None:  # an answer somebody raised, such as a validation problem
        return error.get_response()
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    if status == HTTPStatus.NOT_FOUND and error_pages.is_wanted():
        return error_pages.meant() or error_pages.bare_page(NotFound("problems.no_page"))
    key = f"problems.http_{status.value}"
    said = Sentence(key if has(key) else "problems.http_other")
    response = problem(status, status.name.lower().replace("_", "-"), said)
    allow = dict(error.get_headers()).get("Allow")
    if allow:
        response.headers["Allow"] = allow
    return response


def register(app: Flask) -> None:
    """Turn every error of the app into a problem."""
    app.register_error_handler(TelltaleError, _of_ours)
    app.register_error_handler(HTTPException, of_http)
    for error in db.AWAY:
        app.register_error_handler(error, _of_database)
    app.register_error_handler(Exception, _of_surprise)


def _language() -> Language:
    try:
        return reader.language()
    except db.AWAY:
        g.caller = g.reader = None
        return reader.language()


def _title(status: int, slug: str, language: Language) -> str:
    key = f"errors.{slug}"
    return t(key, language) if has(key) else HTTPStatus(status).phrase


def _said(fault: ErrorDetails, language: Language) -> str:
    """What a field must be; for a kind of fault we have no words for, pydantic's own English."""
    context = fault.get("ctx", {})
    error = context.get("error")
    if isinstance(error, Unfit):
        return error.sentence.told(language)
    key = _KEYS.get(context.get("pattern")) or f"fields.{_kind(fault)}"
    if not has(key):
        return fault["msg"] if language == Language.EN else t("fields.other", language)
    slots = {name: _listed(value) for name, value in context.items()}
    return t(key, language, n=context.get("min_length"), **slots)


def _kind(fault: ErrorDetails) -> str:
    """Pydantic's name of it; what is limited once it was checked by us it calls a value of items.

    Those are texts: our checks of lists come after their limits.
    """
    is_text = fault.get("ctx", {}).get("field_type") == "Value"
    return f"string_{fault['type']}" if is_text else fault["type"]


def _listed(value: object) -> object:
    return value.replace(" or ", ", ") if isinstance(value, str) else value


def _of_ours(error: TelltaleError) -> AnyResponse:
    if isinstance(error, NotSignedIn) and error_pages.is_wanted():
        return redirect("/signin")
    response = problem(error.status, error.slug, error.sentence)
    if isinstance(error, NotSignedIn):  # RFC 9110 section 15.5.2 asks for the way in
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooManyTries):
        response.headers["Retry-After"] = str(error.again_s)
    return response


def _of_database(error: Exception) -> Response:
    why = next(iter(str(error).splitlines()), "")
    log.error("database unavailable", extra={"kind": type(error).__name__, "why": why})
    away = Unavailable("problems.database_away")
    if error_pages.is_wanted():
        response = error_pages.bare_page(away)
    else:
        g.caller = g.reader = None
        response = problem(away.status, away.slug, away.sentence)
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _of_surprise(error: Exception) -> Response:
    log.error("unexpected error", exc_info=error, extra={"endpoint": request.endpoint})
    ours = TelltaleError("problems.our_fault")
    if error_pages.is_wanted():
        return error_pages.bare_page(ours)
    return problem(ours.status, ours.slug, ours.sentence)


def dumps(value: object) -> bytes:
    """JSON bytes for a response."""
    return orjson.dumps(value)


def answer(value: object, status: int = HTTPStatus.OK) -> Response:
    """A value as a JSON response."""
    return Response(dumps(value), status=status, content_type="application/json")
