"""From where a provider tells changes, where that is more than a token of its own: kept as JSON."""

from dataclasses import asdict, dataclass
from typing import Self

import orjson

from backend.providers.mail import PlaceLost


@dataclass(slots=True)
class Place:
    """What a place knows are the fields of a subclass; to everybody else it is a text."""

    @classmethod
    def of(cls, text: str) -> Self:
        """The place behind a text. Raises PlaceLost for one that is none of this kind."""
        try:
            return cls(**orjson.loads(text))
        except (ValueError, TypeError):
            raise PlaceLost("unreadable") from None

    @property
    def text(self) -> str:
        """The place as it is kept."""
        return orjson.dumps(asdict(self)).decode()
