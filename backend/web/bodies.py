"""Bodies at the door: JSON that can be read and is not too long, before any view sees it."""

import re
from http import HTTPStatus
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.sansio.response import Response

from backend.errors import Invalid, TelltaleError, UnsupportedMedia
from backend.web import problems
from backend.web.permissions import SAFE_METHODS

# Endpoints whose body is not JSON.
UPLOADS = frozenset({"people_files.import_people", "people_imports.upload"})
MAX_BYTES = 4 * 1024 * 1024
# Of a body that is too long this much is read and dropped: a client that is still sending would
# otherwise see its connection break instead of our answer.
MAX_DROPPED_BYTES = 32 * 1024 * 1024
_STEP = 256 * 1024
# What 64 bits hold, signed or not: the parser makes anything beyond a float, whose last digits are
# wrong, and says nothing.
_LEAST, _MOST = -(2**63), 2**64 - 1
_FEW_VALUES = 2_000  # more take longer than their bytes
_AS_NOUGHTS = bytes.maketrans(b"123456789", b"0" * 9)
_MANY_DIGITS = b"0" * 19
_TEXT_OR_NUMBER = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|(-?\d++)([.eE][\d.eE+-]*+)?', re.DOTALL)


class Unreadable(TelltaleError):
    """A body that is not JSON."""

    status = HTTPStatus.BAD_REQUEST
    slug = "unreadable"


def enforce(app: Flask) -> None:
    """Check every body for the API, once it is known that the caller may send one."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES
    app.register_error_handler(RequestEntityTooLarge, _of_too_large)
    app.before_request(_check)


def _check() -> None:
    if not request.path.startswith("/api/") or request.method in SAFE_METHODS:
        return
    endpoint = request.endpoint
    if endpoint is None or endpoint in UPLOADS:
        return
    if not _whole():
        return
    if request.mimetype != "application/json":
        raise UnsupportedMedia("problems.not_json")
    try:
        value = request.get_json()  # which the view is given too: read once
    except BadRequest:
        raise Unreadable("problems.bad_json") from None
    if not isinstance(value, dict):  # a text would be taken for JSON once more
        raise Invalid("problems.not_object")
    if _may_have_float(value) and _has_too_large_number(request.get_data()):
        raise Invalid("problems.number_too_large")


def _whole() -> bytes:
    body = request.get_data()
    if request.content_length is None and len(body) >= MAX_BYTES:
        # werkzeug ends a body without a length at the limit, as if that were all of it.
        raise RequestEntityTooLarge
    return body


def _may_have_float(value: Any) -> bool:
    """Whether a number of this JSON is no int, or there are too many values to look at each.

    A mail's few values are looked at in no time, its many bytes not.
    """
    found = [value]
    for each in found:  # and those that come to it meanwhile
        kind = type(each)
        if kind is float or len(found) > _FEW_VALUES:
            return True
        if kind is dict:
            found.extend(each.values())
        elif kind is list:
            found.extend(each)
    return False


def _has_too_large_number(body: bytes) -> bool:
    """Whether a whole number of this JSON has more than 64 bits."""
    if _MANY_DIGITS not in body.translate(_AS_NOUGHTS):  # thirty times as fast as a pattern
        return False
    whole = (number[1] for number in _TEXT_OR_NUMBER.finditer(body) if number[1] and not number[2])
    return any(len(each) > 20 or not _LEAST <= int(each) <= _MOST for each in whole)


def drop_rest() -> None:
    """Take the rest of a body that is too long, up to a bound, so that the answer arrives."""
    stream = request.environ["wsgi.input"]
    left = min(request.content_length or MAX_DROPPED_BYTES, MAX_DROPPED_BYTES)
    while left > 0 and (got := len(stream.read(_STEP))):
        left -= got


def _of_too_large(error: RequestEntityTooLarge) -> Response:
    drop_rest()
    return problems.of_http(error)
