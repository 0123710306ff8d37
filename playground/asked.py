"""What the playground's calls begin with: who asks, and the JSON that she sends."""

from typing import TypeVar

from flask import request
from pydantic import BaseModel

from backend.errors import NotFound
from backend.models.org import User
from backend.web.permissions import caller

_Shape = TypeVar("_Shape", bound=BaseModel)


def user() -> User:
    """Whoever is signed in. Raises NotFound when she is gone meanwhile."""
    found: User | None = User.get_or_none(User.id == caller().user_id)
    if found is None:
        raise NotFound("problems.user_gone")
    return found


def body(shape: type[_Shape]) -> _Shape:
    """The request's body. Raises ValidationError."""
    return shape.model_validate_json(request.get_data())
