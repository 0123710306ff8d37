"""What a backup says of itself, at its end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import orjson

Tell = Callable[[int], None]


@dataclass(slots=True)
class Part:
    """What was written of one part, or read."""

    columns: list[str] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0
    sha256: str = ""


@dataclass(slots=True)
class Manifest:
    """What a backup holds and what it needs."""

    made_at: str
    engine: str
    migrations: list[str]
    secret: str  # a fingerprint
    vault_keys: list[str]  # ids of those under which its secrets are sealed
    hit_log: str  # its id, "stream", or "" where there was none
    drained_to: int  # hits up to this position of that log are in the tables
    months: dict[str, list[str]]
    parts: dict[str, Part] = field(default_factory=dict)

    @classmethod
    def of(cls, text: bytes) -> Self:
        """The manifest that this JSON says."""
        said = orjson.loads(text)
        parts = {name: Part(**part) for name, part in said.pop("parts").items()}
        return cls(**said, parts=parts)

    @property
    def rows(self) -> int:
        """How many rows all tables have."""
        return sum(part.rows for name, part in self.parts.items() if table_of(name))


def table_of(part: str) -> str:
    """The table that a part is of, or ""."""
    kind, _, name = part.partition("/")
    return name if kind == "table" else ""
