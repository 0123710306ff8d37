"""Typed values as Google's JSON: camelCase names, nothing that is empty, a widget by its kind."""

from collections.abc import Hashable, Iterator
from dataclasses import Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, cast


def to_json(value: object) -> Any:
    """The JSON value of a dataclass, a tuple of them, or a plain value."""
    if is_dataclass(value) and not isinstance(value, type):
        found = dict(_pairs(value))
        key = getattr(value, "KEY", None)
        return {key: found} if key else found
    if isinstance(value, tuple):
        return [to_json(each) for each in value]
    return value.value if isinstance(value, StrEnum) else value


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    for name, json_name in _names(cast("Hashable", type(value))):
        found = getattr(value, name)
        # 0, False, "" and None are what Google takes a missing field for.
        if found or is_dataclass(found):
            yield json_name, to_json(found)


@cache
def _names(kind: Hashable) -> tuple[tuple[str, str], ...]:
    return tuple((each.name, _json_name(each)) for each in fields(cast("type[Any]", kind)))


def _json_name(one: "Field[Any]") -> str:
    first, *rest = one.name.split("_")
    given: str = one.metadata.get("json", "")
    return given or first + "".join(part.capitalize() for part in rest)
