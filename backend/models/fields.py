"""Column types whose values are the same on SQLite and PostgreSQL (see backend.db)."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import peewee

from backend import clock
from backend.db import database

if TYPE_CHECKING:
    _Text = peewee.Field[str]
    _MaybeText = peewee.Field[str | None]
    _Time = peewee.Field[datetime]
    _MaybeTime = peewee.Field[datetime | None]
    _Json = peewee.Field[Any]
    _Flag = peewee.Field[bool]
else:  # peewee's classes are generic in its stubs only
    _Text = _MaybeText = _Time = _MaybeTime = _Json = _Flag = peewee.Field


class IdField(_Text):
    """A UUID as 36 characters of text."""

    field_type = "uuid"


class MaybeIdField(_MaybeText):
    """The id of another row, or None."""

    field_type = "uuid"

    def __init__(self) -> None:
        super().__init__(null=True)


class TimeField(_Time):
    """An aware UTC datetime; refuses a naive one, which would compare wrongly."""

    field_type = "timestamptz"

    def db_value(self, value: datetime | None) -> datetime | None:
        """The moment in UTC; raises ValueError for a time without a zone."""
        return in_utc(value)


class MaybeTimeField(_MaybeTime):
    """An aware UTC datetime, or None while it has not happened."""

    field_type = "timestamptz"

    def __init__(self) -> None:
        super().__init__(null=True)

    def db_value(self, value: datetime | None) -> datetime | None:
        """The moment in UTC; raises ValueError for a time without a zone."""
        return in_utc(value)


class JsonField(_Json):
    """Any JSON value, read and written as a whole."""

    field_type = "jsonb"

    def db_value(self, value: Any) -> str | None:
        """JSON text, which both engines take for a jsonb column."""
        return None if value is None else orjson.dumps(value).decode()


class FlagField(_Flag):
    """True or False on both engines."""

    field_type = "boolean"

    def __init__(self, *, default: bool = False) -> None:
        super().__init__(default=default)


class Model(peewee.Model):
    """A row with a public, time-ordered id; columns that point to other rows are plain ids."""

    id = IdField(primary_key=True, default=clock.new_id)

    class Meta:
        """Tables are named after the glossary."""

        database = database
        legacy_table_names = False


def in_utc(value: datetime | None) -> datetime | None:
    """The moment in UTC; raises ValueError for a time without a zone."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a time without a zone must not reach the database")
    return value.astimezone(UTC)
