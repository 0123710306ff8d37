"""The JSON that the playground's calls are sent."""

from typing import TypeVar

from flask import request
from pydantic import BaseModel

from backend.errors import Invalid
from backend.providers.gmail import bytes_of

_Shape = TypeVar("_Shape", bound=BaseModel)


def body(shape: type[_Shape]) -> _Shape:
    """The request's body. Raises ValidationError."""
    return shape.model_validate_json(request.get_data())


def raw(text: str) -> bytes:
    """A mail's bytes as Gmail's API takes them. Raises Invalid."""
    try:
        return bytes_of(text)
    except ValueError:
        raise Invalid("raw is not base64url.") from None
