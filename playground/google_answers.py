"""How Google's APIs say no: `{"error": {"code", "message", "status", "errors": [{"reason"}]}}`.

Source: developers.google.com/workspace/gmail/api/guides/handle-errors (2026).
"""

from http import HTTPStatus

from flask import Blueprint, Response
from pydantic import ValidationError

from backend.errors import Invalid, TelltaleError
from backend.web.problems import answer

# Google's word where it is not the product's own.
REASONS = {
    HTTPStatus.UNAUTHORIZED: "authError",
    HTTPStatus.FORBIDDEN: "insufficientPermissions",
    HTTPStatus.NOT_FOUND: "notFound",
}


def refuse_as_google(api: Blueprint) -> None:
    """Let this blueprint's errors be told as Google tells them."""
    api.register_error_handler(TelltaleError, _say_no)
    api.register_error_handler(
        ValidationError, lambda _error: _say_no(Invalid("The body does not fit."))
    )


def refusal(status: HTTPStatus, reason: str, message: str) -> Response:
    """One refusal."""
    told = {"code": int(status), "message": message, "status": status.name}
    return answer({"error": {**told, "errors": [{"reason": reason}]}}, status)


def _say_no(error: TelltaleError) -> Response:
    status = HTTPStatus(error.status)
    return refusal(status, REASONS.get(status, error.slug), error.detail)
