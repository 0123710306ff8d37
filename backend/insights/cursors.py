"""Where a page of a list ended: a time and an id, as opaque text."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from uuid import UUID

from backend import clock
from backend.errors import Invalid

Position = tuple[datetime, str]


def encode(at: datetime, row_id: str) -> str:
    """The cursor of a row, for the caller to hand back."""
    raw = clock.micros(at).to_bytes(8, "big", signed=True) + UUID(row_id).bytes
    return urlsafe_b64encode(raw).decode()


def decode(cursor: str) -> Position:
    """The row a cursor stands for. Raises Invalid for anything `encode` did not make."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii"))
        if len(raw) != 24:
            raise ValueError
        at = clock.from_micros(int.from_bytes(raw[:8], "big", signed=True))
    except (ValueError, OverflowError):
        raise Invalid("problems.feed_cursor") from None
    return at, str(UUID(bytes=raw[8:]))
