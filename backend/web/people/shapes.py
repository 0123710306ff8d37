"""Contacts and leads as they cross the wire."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from backend.people.values import (
    MAX_ADDRESSES,
    MAX_EXTERNAL_ID,
    MAX_NAME,
    MAX_SOURCE,
    Consent,
    Kind,
    checked_custom,
    country_code,
)
from backend.web import payloads

Name = Annotated[
    payloads.Line, Field(max_length=MAX_NAME), StringConstraints(strip_whitespace=True)
]
Country = Annotated[payloads.Line, Field(max_length=2), AfterValidator(country_code)]
Custom = Annotated[dict[str, Any], AfterValidator(checked_custom)]
Addresses = Annotated[
    list[payloads.Address],
    Field(max_length=MAX_ADDRESSES),
    AfterValidator(lambda given: list(dict.fromkeys(given))),
]


class Proof(payloads.Shape):
    """How a consent or refusal was given, and the version of the text that was agreed to."""

    how: Annotated[payloads.Line, Field(min_length=1, max_length=200)] = "api"
    text_version: Annotated[payloads.Line, Field(max_length=200)] = ""


class PersonChange(payloads.Shape):
    """Fields of a person; left out in a change means: stays.

    The first address is the primary one. `owner` is a user's id or e-mail address, null for nobody.
    """

    kind: Kind = Kind.CONTACT
    name: Name = ""
    addresses: Addresses = Field(default_factory=list)
    company: Name = ""
    owner: Annotated[payloads.Line, Field(max_length=320)] | None = None
    country: Country = ""
    do_not_track: payloads.Flag = False
    consent: Consent = Consent.UNKNOWN
    custom: Custom = Field(default_factory=dict)
    proof: Proof = Proof()


class PersonIn(PersonChange):
    """A new person: a name or an address at least."""

    source: Annotated[payloads.Line, Field(max_length=MAX_SOURCE)] = ""
    external_id: Annotated[payloads.Line, Field(max_length=MAX_EXTERNAL_ID)] = ""


class AccountOut(payloads.Answer):
    """The company, by its registrable domain."""

    id: str
    name: str
    domain: str


class OwnerOut(payloads.Answer):
    """The user who looks after the person."""

    id: str
    name: str
    email: str


class PersonOut(payloads.Answer):
    """A contact or lead."""

    id: str
    kind: Kind
    name: str
    addresses: list[str]
    company: str
    account: AccountOut | None
    owner: OwnerOut | None
    country: str
    do_not_track: bool
    consent: Consent
    source: str
    external_id: str
    custom: dict[str, Any]
    created_at: str
    updated_at: str


class PeopleOut(payloads.Page[PersonOut]):
    """One page of people."""


class ListIn(payloads.Shape):
    """Which people: `q` matches the beginnings of words of name, company, domain and address.

    `owner` is a user's id or e-mail address.
    """

    q: Annotated[payloads.Line, Field(max_length=200)] = ""
    kind: Kind | None = None
    owner: Annotated[payloads.Line, Field(max_length=320)] | None = None
    account: payloads.Uuid | None = None
    do_not_track: bool | None = None
    limit: payloads.Limit = 50
    before: Annotated[payloads.Line, Field(max_length=1000)] | None = None


class LookupIn(payloads.Shape):
    """Whose address?"""

    address: payloads.Address
