"""Entries of an address book as people: whom each is taken for, and what is filled in.

In the caller's transaction. An entry that matches somebody fills what is empty there and renews
what came from it before; what anybody has typed stays. A person whom nobody has is added, owned by
the mailbox's user. One told again unchanged changes nothing.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.capture import book_links
from backend.capture.book_links import Link
from backend.capture.leaving_out import Limits, is_excluded, is_inside
from backend.capture.matching import match
from backend.mail.addresses import normalise
from backend.mail.auto_reply import is_robot
from backend.mail.mail_facts import one_line
from backend.models.erasures import RULE as FORGOTTEN
from backend.models.mailboxes import Mailbox
from backend.people import adding, changing, writing
from backend.people.reading import become, stored_by_id, stored_by_key
from backend.people.values import MAX_ADDRESSES, MAX_NAME, Actor, Facts, Kind, Stored
from backend.providers.contacts import Entry

ADDED, MATCHED = "added", "matched"  # the entry is somebody; every other rule leaves it out
SEVERAL, UNREADABLE = "ambiguous", "unreadable"
SOURCES = {"google": "google_contacts", "microsoft": "microsoft_contacts"}
HOW = "address book"


@dataclass(frozen=True, slots=True)
class Outcome:
    """By which rule the entry is somebody or is left out; whether one was added or filled in."""

    rule: str
    is_new: bool = False
    is_filled: bool = False


@dataclass(frozen=True, slots=True)
class _Told:
    """An entry as we keep it: its addresses normalised, those of our own left out."""

    name: str
    addresses: tuple[str, ...]
    company: str

    @property
    def digest(self) -> str:
        """The same as long as it says the same."""
        return hashlib.sha256(repr((self.name, self.addresses, self.company)).encode()).hexdigest()


def take_in(mailbox: Mailbox, entry: Entry, limits: Limits, generation: int) -> Outcome:
    """Make the entry somebody, or leave it out by a rule that is kept."""
    addresses, rule = _usable(mailbox, entry, limits)
    if rule:
        book_links.keep(mailbox, entry.provider_id, Link(rule), generation)
        return Outcome(rule)
    book_links.follow(mailbox, entry.provider_id, entry.former)
    told = _Told(one_line(entry.name, MAX_NAME), addresses, one_line(entry.company, MAX_NAME))
    before = book_links.of(mailbox, entry.provider_id)
    if before.person_id and before.digest == told.digest:
        book_links.keep(mailbox, entry.provider_id, before, generation)
        return Outcome(before.rule)
    writing.lock(mailbox.org_id)  # two address books may bring the same person in
    after, is_filled = _become(mailbox, entry.provider_id, told, before)
    book_links.keep(mailbox, entry.provider_id, after, generation)
    is_new = after.rule == ADDED and before.person_id is None
    return Outcome(after.rule, is_new, is_filled)


def _usable(mailbox: Mailbox, entry: Entry, limits: Limits) -> tuple[tuple[str, ...], str]:
    """Its addresses of people outside, and the rule that leaves it out, if one does."""
    found = list(dict.fromkeys(filter(None, map(_normal, entry.addresses))))
    if not found:
        return (), "nobody"
    if any(map(limits.erased.has, found)):
        return (), FORGOTTEN
    if any(is_excluded(each, limits) for each in found):
        return (), "excluded"
    own = {mailbox.address, *mailbox.aliases}
    outside = [each for each in found if not is_inside(each, own, limits)]
    if not outside:
        return (), "internal"
    people = tuple(each for each in outside if not is_robot(each))[:MAX_ADDRESSES]
    return people, "" if people else "automated"


def _become(mailbox: Mailbox, provider_id: str, told: _Told, before: Link) -> tuple[Link, bool]:
    """Whom the entry is now, and whether something of hers was filled in."""
    found = match(mailbox.org_id, told.addresses)
    addresses = [each for each in told.addresses if found[each].rule != "user"]
    if not addresses:
        return Link("internal"), False
    person = _linked(mailbox, provider_id, before)
    if person is None:
        people = {found[each].person_id for each in addresses} - {None}
        if len(people) > 1 or any(found[each].rule == SEVERAL for each in addresses):
            return Link(SEVERAL), False
        if not people:
            return _add(mailbox, provider_id, told, addresses), False
        person = stored_by_id(mailbox.org_id, str(people.pop()))
        assert person  # whoever has an address is there
    free = [each for each in addresses if found[each].rule == ""]
    return _fill(mailbox, person, told, before, free)


def _linked(mailbox: Mailbox, provider_id: str, before: Link) -> Stored | None:
    """Whom the entry was before, or whom she was merged into since."""
    org_id = mailbox.org_id
    if before.person_id:
        found = stored_by_id(org_id, before.person_id)
    else:
        key = _key(mailbox, provider_id)
        found = stored_by_key(org_id, [key]).get(key)
    return become(org_id, [found]).get(found.id, found) if found else None


def _add(mailbox: Mailbox, provider_id: str, told: _Told, addresses: list[str]) -> Link:
    facts = {
        "kind": Kind.CONTACT,
        "name": told.name,
        "addresses": tuple(addresses),
        "company": told.company,
        "owner_id": mailbox.user_id,
    }
    person_id = adding.add(_actor(mailbox), facts, *_key(mailbox, provider_id))
    written = {"name": told.name, "company": told.company, "addresses": told.addresses}
    return Link(ADDED, person_id, told.digest, written)


def _fill(
    mailbox: Mailbox, person: Stored, told: _Told, before: Link, free: list[str]
) -> tuple[Link, bool]:
    """Fill in what is empty and renew what is ours. `free` are addresses that nobody has."""
    # What a merge has put together is nobody's any more.
    was_merged = before.person_id not in {None, person.id}
    ours = {} if was_merged else before.written
    given, written = _news(person.facts, told, ours)
    # An address that was told before and is not there now was taken away by somebody.
    more = [each for each in free if each not in before.written.get("addresses", ())]
    if more:
        given["addresses"] = (*person.facts.addresses, *more)[:MAX_ADDRESSES]
    if given:
        changing.change(_actor(mailbox), person.id, given)
    rule = before.rule if before.person_id else MATCHED
    written["addresses"] = told.addresses
    return Link(rule, before.person_id or person.id, told.digest, written), bool(given)


def _news(
    facts: Facts, told: _Told, ours: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of name and company what is to be stored, and what of them is ours then."""
    given: dict[str, Any] = {}
    written: dict[str, Any] = {}
    # Whoever had no name goes by an address.
    unnamed = {"", facts.primary[:MAX_NAME]}
    for name, empty in (("name", unnamed), ("company", {""})):
        now, new = getattr(facts, name), getattr(told, name)
        is_free = now in empty or now == ours.get(name)
        if is_free and new and new != now:
            given[name] = new
        if is_free:
            written[name] = new or now
    return given, written


def _key(mailbox: Mailbox, provider_id: str) -> tuple[str, str]:
    """Where a person came from, who was added for the entry."""
    return SOURCES[mailbox.provider], f"{mailbox.id}/{provider_id}"


def _actor(mailbox: Mailbox) -> Actor:
    return Actor(mailbox.org_id, mailbox.user_id, HOW)


def _normal(address: str) -> str:
    try:
        return normalise(address)
    except ValueError:
        return ""
