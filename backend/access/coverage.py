"""Whose mailboxes an organisation's grant opens.

Nobody signs in at the provider for it, so each person is told on her page of mailboxes, where she
pauses it or switches it off: what she switched off stays off, whatever an admin chooses.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from backend import clock, db
from backend.access import audit, members
from backend.access.connections import State
from backend.access.members import Admin
from backend.errors import Conflict
from backend.mail.addresses import domain_of
from backend.models.mailboxes import ENDED, GrantedBy, Mailbox, MailboxState, fenced
from backend.models.org import User
from backend.models.organisation_grants import Covers, OrganisationGrant, held_grant_of

UNCOVERED = "uncovered"  # why a mailbox rests that the organisation does not open any more


class Standing(StrEnum):
    """How a person stands to the organisation's grant."""

    COVERED = "covered"
    OPEN = "open"
    OWN = "own"
    OFF = "off"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Person:
    """A user, and how she stands to the grant."""

    user: User
    standing: Standing


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose mailboxes are to be captured, and who else sees what is new in them."""

    covers: Covers
    people: frozenset[str] = frozenset()
    visibility: str = "team"


def people_of(grant: OrganisationGrant) -> list[Person]:
    """Everybody who can sign in, and how she stands to it."""
    there = {
        each.address: each
        for each in Mailbox.select().where(
            Mailbox.org_id == grant.org_id, Mailbox.provider == grant.provider
        )
    }
    users = [each for each in members.all_of(grant.org_id) if not each.is_disabled]
    return [Person(each, _standing(grant, each, there.get(each.email))) for each in users]


def cover(admin: Admin, grant: OrganisationGrant, choice: Choice) -> bool:
    """Capture these people's mailboxes from now on, and no others' by this grant.

    False if the grant was ended meanwhile.
    """
    with db.transaction():
        if not _hold(grant):
            return False
        grant.covers = choice.covers
        OrganisationGrant.update(covers=choice.covers).where(
            OrganisationGrant.id == grant.id
        ).execute()
        for person in people_of(grant):
            if choice.covers is Covers.ALL or person.user.id in choice.people:
                _open(grant, person, choice.visibility)
            elif person.standing is Standing.COVERED:
                _move(_of(person.user.id, grant), MailboxState.DISCONNECTED, UNCOVERED)
    detail = {"provider": grant.provider, "covers": grant.covers, "chosen": len(choice.people)}
    audit.note(
        grant.org_id,
        admin.email,
        audit.Act("organisation_grant.covers", "organisation_grant", grant.id),
        detail,
    )
    return True


def keep_up(grant: OrganisationGrant, visibility: str) -> int:
    """Close the mailboxes of who left, open those of who came where all are covered; how many."""
    with db.transaction():
        # As an admin has left it since it was read: she may have chosen others, or ended it.
        now = _hold(grant)
        if now is None:
            return 0
        people = people_of(now)
        is_all = now.covers == Covers.ALL and now.state == State.READY
        came = [each for each in people if is_all and each.standing is Standing.OPEN]
        here = [each.user.id for each in people]
        gone = Mailbox.state.not_in([*ENDED]), Mailbox.user_id.not_in(here)
        left = _move([*_by(now), *gone], MailboxState.DISCONNECTED, UNCOVERED)
        for person in came:
            _open(now, person, visibility)
    return left + len(came)


def go_on(grant: OrganisationGrant) -> None:
    """Let the mailboxes go on that waited for an admin."""
    waiting = Mailbox.state == MailboxState.NEEDS_ADMIN
    _move([*_by(grant), waiting], MailboxState.CONNECTING)


def close_all(grant: OrganisationGrant) -> None:
    """Capture nothing more by this grant; who switched hers off herself stays so."""
    on = Mailbox.state.not_in([*ENDED])
    _move([*_by(grant), on], MailboxState.DISCONNECTED, UNCOVERED)


def switch_on(user: User, mailbox: Mailbox) -> None:
    """Let the organisation's grant open a mailbox again that its user had switched off.

    Raises Conflict where the organisation does not cover her.
    """
    with db.transaction():
        grant = held_grant_of(mailbox.org_id, mailbox.provider)
        is_covered = grant is not None and grant.covers != Covers.NOBODY
        her_off = [
            Mailbox.id == mailbox.id,
            Mailbox.user_id == user.id,
            Mailbox.granted_by == GrantedBy.ORGANISATION,
            Mailbox.state == MailboxState.DISCONNECTED,
            Mailbox.reason != UNCOVERED,
        ]
        if not is_covered or not _move(her_off, MailboxState.CONNECTING):
            raise Conflict("connections.done_not_covered")


def keep_off(mailbox: Mailbox) -> None:
    """After a mailbox was erased: that its user wants none of it is remembered."""
    if mailbox.granted_by == GrantedBy.ORGANISATION:
        Mailbox.create(
            org_id=mailbox.org_id,
            user_id=mailbox.user_id,
            provider=mailbox.provider,
            address=mailbox.address,
            granted_by=mailbox.granted_by,
            visibility=mailbox.visibility,
            state=MailboxState.DISCONNECTED,
            reason=mailbox.reason,
        )


def _hold(grant: OrganisationGrant) -> OrganisationGrant | None:
    """The grant as it is now, and stays until the transaction ends; None if that one is ended."""
    now = held_grant_of(grant.org_id, grant.provider)
    return now if now and now.id == grant.id else None


def _standing(grant: OrganisationGrant, user: User, mailbox: Mailbox | None) -> Standing:
    if mailbox is not None and mailbox.state == MailboxState.ERASING:
        return Standing.OFF
    if mailbox is not None and mailbox.reason != UNCOVERED:
        is_off = mailbox.state == MailboxState.DISCONNECTED
        is_ours = mailbox.granted_by == GrantedBy.ORGANISATION
        return Standing.OFF if is_off else Standing.COVERED if is_ours else Standing.OWN
    is_here = grant.provider == "microsoft" or domain_of(user.email) in grant.domains
    return Standing.OPEN if is_here else Standing.ELSEWHERE


def _open(grant: OrganisationGrant, person: Person, visibility: str) -> None:
    if person.standing is not Standing.OPEN:
        return
    user, now = person.user, clock.now()
    if _move(_of(user.id, grant), MailboxState.CONNECTING):
        return
    Mailbox.create(
        org_id=grant.org_id,
        user_id=user.id,
        provider=grant.provider,
        address=user.email,
        granted_by=GrantedBy.ORGANISATION,
        visibility=visibility,
        since=now,
        next_sync_at=now,
    )


def _by(grant: OrganisationGrant) -> list[Any]:
    return [
        Mailbox.org_id == grant.org_id,
        Mailbox.provider == grant.provider,
        Mailbox.granted_by == GrantedBy.ORGANISATION,
    ]


def _of(user_id: str, grant: OrganisationGrant) -> list[Any]:
    return [*_by(grant), Mailbox.user_id == user_id]


def _move(which: Iterable[Any], state: MailboxState, reason: str = "") -> int:
    now = clock.now()
    changes = {"state": state, "reason": reason, "since": now, "next_sync_at": now, **fenced()}
    return int(Mailbox.update(changes).where(*which).execute())
