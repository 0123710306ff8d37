"""Google's event as values: who looks, at what, and what was filled in.

Source: developers.google.com/workspace/add-ons/guides/alternate-runtimes, "JSON event objects"
(2026-04-03). Fields we do not use are ignored; tokens are used for this request and dropped.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta, timezone, tzinfo
from email.utils import parseaddr
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, ValidationError

from backend.errors import Invalid
from backend.mail.addresses import normalise
from backend.tracking.drafts import Recipient
from backend.web.payloads import Cleaned, Line

MAX_OFFSET_MS = 24 * 3600 * 1000 - 1
MOST_TYPED = 1000  # as in every form
_Token = Annotated[str, Field(max_length=8192)]
_Words = Annotated[list[Line], Field(max_length=100)]
_Typed = Annotated[str, Cleaned]  # however long: an address of the web may be


@dataclass(frozen=True, slots=True)
class Opened:
    """The mail that is open in Gmail; the token reads this one mail only."""

    message_id: str
    access_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `recipients` are those of the draft; `scopes` None when Gmail did not say."""

    locale: str
    zone: tzinfo
    parameters: Mapping[str, str]
    inputs: Mapping[str, tuple[str, ...]]
    recipients: tuple[Recipient, ...]
    opened: Opened | None
    scopes: frozenset[str] | None
    user_id_token: str = field(repr=False)
    oauth_token: str = field(repr=False)

    def is_on(self, name: str) -> bool:
        """Whether a switch of that name is on; one that is off may be missing (unverified)."""
        return any(value not in {"", "0", "false"} for value in self.inputs.get(name, ()))

    def typed(self, name: str, most: int = MOST_TYPED) -> str:
        """The first `most` characters typed into a field, without white space around them."""
        return next(iter(self.inputs.get(name, ())), "").strip()[:most]

    def may(self, *scopes: str) -> bool:
        """Whether the user has granted one of these scopes."""
        return self.scopes is not None and not self.scopes.isdisjoint(scopes)


class _Zone(BaseModel):
    id: Annotated[str, Field(max_length=64)] = ""
    offset: float = 0


class _Strings(BaseModel):
    value: Annotated[list[_Typed], Field(max_length=100)] = Field(default_factory=list)


class _Input(BaseModel):
    stringInputs: _Strings | None = None  # noqa: N815 (Google's names)


class _Common(BaseModel):
    userLocale: Annotated[str, Field(max_length=35)] = ""  # noqa: N815 (the same)
    timeZone: _Zone = _Zone()  # noqa: N815 (the same)
    formInputs: dict[str, _Input] = Field(default_factory=dict)  # noqa: N815 (the same)
    parameters: dict[str, _Token] = Field(default_factory=dict)


class _Authorization(BaseModel):
    userOAuthToken: _Token = ""  # noqa: N815 (the same)
    userIdToken: _Token = ""  # noqa: N815 (the same)
    authorizedScopes: _Words | None = None  # noqa: N815 (the same)


class _Gmail(BaseModel):
    messageId: Annotated[str, Field(max_length=200)] = ""  # noqa: N815 (the same)
    accessToken: _Token = ""  # noqa: N815 (the same)
    toRecipients: list[str] = Field(default_factory=list)  # noqa: N815 (the same)
    ccRecipients: list[str] = Field(default_factory=list)  # noqa: N815 (the same)
    bccRecipients: list[str] = Field(default_factory=list)  # noqa: N815 (the same)


class _Body(BaseModel):
    commonEventObject: _Common = _Common()  # noqa: N815 (the same)
    authorizationEventObject: _Authorization = _Authorization()  # noqa: N815 (the same)
    gmail: _Gmail = _Gmail()


def read(body: object) -> Event:
    """The event of a decoded body. Raises Invalid for one that does not fit."""
    try:
        found = _Body.model_validate(body)
    except ValidationError:  # its text would repeat what was sent
        raise Invalid("This is not an event as Gmail sends it.") from None
    common, known, gmail = found.commonEventObject, found.authorizationEventObject, found.gmail
    has_mail = bool(gmail.messageId)
    return Event(
        locale=common.userLocale,
        zone=_zone(common.timeZone),
        parameters=common.parameters,
        inputs={
            name: tuple(given.stringInputs.value)
            for name, given in common.formInputs.items()
            if given.stringInputs is not None
        },
        recipients=_recipients(gmail),
        opened=Opened(gmail.messageId, gmail.accessToken) if has_mail else None,
        scopes=None if known.authorizedScopes is None else frozenset(known.authorizedScopes),
        user_id_token=known.userIdToken,
        oauth_token=known.userOAuthToken,
    )


def _zone(given: _Zone) -> tzinfo:
    try:
        return ZoneInfo(given.id) if given.id else _of_offset(given.offset)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return _of_offset(given.offset)


def _of_offset(offset_ms: float) -> tzinfo:
    is_plausible = -MAX_OFFSET_MS <= offset_ms <= MAX_OFFSET_MS
    return timezone(timedelta(milliseconds=offset_ms)) if is_plausible else UTC


def _recipients(gmail: _Gmail) -> tuple[Recipient, ...]:
    found: dict[str, Recipient] = {}
    for role, written in (
        ("to", gmail.toRecipients),
        ("cc", gmail.ccRecipients),
        ("bcc", gmail.bccRecipients),
    ):
        for recipient in _parsed(role, written):
            found.setdefault(recipient.address, recipient)
    return tuple(found.values())


def _parsed(role: str, written: Iterable[str]) -> Iterator[Recipient]:
    """Those that are addresses; one still being typed is left out until it is complete."""
    for text in written:
        name, address = parseaddr(text[:1000].replace("\0", ""))
        try:
            yield Recipient(role, normalise(address), name[:200])
        except ValueError:
            continue
