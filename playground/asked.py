"""The JSON that the playground's calls are sent."""

from typing import TypeVar

from flask import request
from pydantic import BaseModel

_Shape = TypeVar("_Shape", bound=BaseModel)


def body(shape: type[_Shape]) -> _Shape:
    """The request's body. Raises ValidationError."""
    return shape.model_validate_json(request.get_data())
