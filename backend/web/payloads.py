"""Shapes that cross the wire, checked at the door.

Text from outside holds no NUL and no lone surrogate (PostgreSQL takes neither), unknown fields are
refused, times are aware and come back in UTC.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
)
from werkzeug.routing import BaseConverter

from backend import clock
from backend.errors import Unfit
from backend.mail.addresses import normalise

UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(days=1)
MAX_LIMIT = 200

_Item = TypeVar("_Item")


def _clean(text: str) -> str:
    if "\0" in text:
        raise Unfit("fields.nul")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Unfit("fields.surrogate") from None
    return text


def _written(given: object) -> object:
    # A number would pass as seconds since 1970, in a digit or two of another unit.
    if not isinstance(given, str) or given.replace(".", "").lstrip("-").isdigit():
        raise Unfit("fields.time")
    return given


def _plausible(at: datetime) -> datetime:
    if not EARLIEST <= at <= clock.now() + CLOCK_SKEW:
        raise Unfit("fields.time_span")
    return at.astimezone(UTC)


def _address(text: str) -> str:
    address: str = normalise(_clean(text))
    return address


Cleaned = AfterValidator(_clean)
Line = Annotated[str, Field(max_length=1000), Cleaned]
Address = Annotated[
    str,
    Field(max_length=320, json_schema_extra={"format": "email"}),
    AfterValidator(_address),
]
PastTime = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_plausible)]
Flag = Annotated[bool, Strict()]  # in a body, "yes" and 1 are no booleans
Uuid = Annotated[str, Field(pattern=UUID_PATTERN)]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT)]


class Shape(BaseModel):
    """A request's body or query: nothing unknown, nothing changed."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        """The schema; the plain one is made once, since flask-openapi asks on every request."""
        return super().model_json_schema(*args, **options) if args or options else _schema(cls)


@cache
def _schema(shape: type[Shape]) -> dict[str, Any]:
    return super(Shape, shape).model_json_schema()


class Answer(BaseModel):
    """A response's body."""


class Page(Answer, Generic[_Item]):
    """A list: its items and what to hand in as `before` for the next page (None = the end)."""

    items: list[_Item]
    next: str | None


class IdConverter(BaseConverter):
    """`<id:name>` in a route: anything else than an id is an address that there is not."""

    regex = UUID_PATTERN.strip("^$")


class ById(Shape):
    """The id in a path."""

    id: Uuid
