"""A person as a value, and what each of its fields may hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from backend.errors import Unfit
from backend.people.countries import COUNTRIES

# The longest texts that fit PostgreSQL's index rows (2,704 bytes) at four bytes a character.
MAX_NAME = 200
MAX_SOURCE = 100
MAX_EXTERNAL_ID = 400

MAX_ADDRESSES = 50
MAX_CUSTOM_FIELDS = 50
MAX_CUSTOM_NAME = 100
MAX_CUSTOM_BYTES = 16_000

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class Kind(StrEnum):
    """A lead is somebody who may become a contact."""

    CONTACT = "contact"
    LEAD = "lead"


class Consent(StrEnum):
    """What a person has said about being measured."""

    UNKNOWN = "unknown"
    GRANTED = "granted"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes people, and how: for the consent record and the audit log.

    `name` is a user id or the name of a command; `how` is api, import or what the caller wrote
    down as proof, `text_version` the version of the text that was agreed to.
    """

    org_id: str
    name: str
    how: str = "api"
    text_version: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a person; the first address is the primary one, all are normalised."""

    kind: str = Kind.CONTACT
    name: str = ""
    addresses: tuple[str, ...] = ()
    company: str = ""
    owner_id: str | None = None
    country: str = ""
    do_not_track: bool = False
    consent: str = Consent.UNKNOWN
    custom: Mapping[str, Any] = field(default_factory=dict)

    @property
    def primary(self) -> str:
        """The address mail goes to, or "" for somebody without one."""
        return self.addresses[0] if self.addresses else ""


@dataclass(frozen=True, slots=True)
class Stored:
    """A person as the tables have it; with `merged_into_id` a memory of one who became another."""

    id: str
    source: str
    external_id: str
    account_id: str | None
    facts: Facts
    merged_into_id: str | None = None


def named(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields with a name: a person without one goes by the primary address.

    Raises Unfit for somebody with neither.
    """
    addresses = facts.get("addresses") or ("",)
    name = str(facts.get("name", "")).strip() or addresses[0][:MAX_NAME]
    if not name:
        raise Unfit("fields.nameless")
    return {**facts, "name": name}


def is_id(text: str) -> bool:
    """Whether the text has the form of one of our ids."""
    return _ID.fullmatch(text) is not None


def country_code(text: str) -> str:
    """The ISO 3166-1 alpha-2 code in upper case, or ""; raises Unfit for any other text."""
    code = text.strip().upper()
    if code and code not in COUNTRIES:
        raise Unfit("fields.country")
    return code


def checked_custom(custom: Mapping[str, Any]) -> Mapping[str, Any]:
    """The custom fields, if they can be kept; raises Unfit when they are too many or large."""
    if len(custom) > MAX_CUSTOM_FIELDS:
        raise Unfit("fields.custom_many", most=MAX_CUSTOM_FIELDS)
    if any(not 0 < len(name) <= MAX_CUSTOM_NAME for name in custom):
        raise Unfit("fields.custom_names", most=MAX_CUSTOM_NAME)
    try:
        text = orjson.dumps(custom)
    except orjson.JSONEncodeError:
        raise Unfit("fields.custom_json") from None
    if len(text) > MAX_CUSTOM_BYTES:
        raise Unfit("fields.custom_bytes", most=MAX_CUSTOM_BYTES)
    if _NUL.search(text.decode()):
        raise Unfit("fields.nul")
    return custom
