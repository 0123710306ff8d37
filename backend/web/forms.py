"""Forms of pages, and what a page's address asks for: read, checked, and shown again."""

from http import HTTPStatus
from typing import TypeVar

from flask import Response, redirect, request
from pydantic import ConfigDict, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend.errors import Invalid
from backend.web import payloads


class Form(payloads.Shape):
    """A page's form: what it does not know, such as the CSRF field, is dropped."""

    model_config = ConfigDict(extra="ignore")


_Form = TypeVar("_Form", bound=Form)


def fields() -> dict[str, str]:
    """The present form's fields, the first of each name."""
    return request.form.to_dict()


def asked() -> dict[str, str]:
    """What the present address asks for; a search form sends its empty fields along."""
    return {name: value for name, value in request.args.items() if value}


def checked(shape: type[_Form], fault: str = "problems.no_choice") -> _Form:
    """The present form as that shape. Raises Invalid, whose sentence is `fault`."""
    try:
        return shape.model_validate(fields())
    except ValidationError:
        raise Invalid(fault) from None


def filled(*names: str) -> dict[str, str]:
    """What a form that is shown again keeps of what was typed: never a password or a code."""
    return {name: request.form.get(name, "") for name in names}


def shown(page: str, fault: object = "", status: int = HTTPStatus.UNPROCESSABLE_ENTITY) -> Response:
    """The page of a form; with that status where something is wrong with what was sent."""
    return Response(page, status=status if fault else HTTPStatus.OK)


def lead_to(address: str) -> AnyResponse:
    """Lead on to a page by GET: who loads it anew sends no form a second time."""
    return redirect(address, HTTPStatus.SEE_OTHER)
