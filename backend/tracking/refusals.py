"""Hits that must leave nothing but a count, and requests not to be tracked or mailed."""

from collections import Counter
from collections.abc import Mapping, Sequence

from backend import clock, db
from backend.models.people import ConsentRecord, Person, Suppression
from backend.tracking.facts import OPEN, UNSUBSCRIBE, RawHit
from backend.tracking.hits import Arrival
from backend.tracking.targets import Copy, Mail, refuse

STOP = "stop"

Refused = Counter[tuple[str, str, str]]  # by organisation, day and reason


def apply_requests(arrivals: Sequence[Arrival], mails: Mapping[str, Mail]) -> None:
    """Carry out what was asked for on /u/ pages, before the batch's other hits are judged by it."""
    asked = [one for one in arrivals if one.hit.kind is UNSUBSCRIBE]
    for one in asked:
        _apply(one.hit, one.mail, one.copy)
    if asked:
        refuse(mails)


def drop(arrivals: Sequence[Arrival]) -> tuple[list[Arrival], Refused]:
    """Those that may be kept, and how many may not, for `count`."""
    kept, refused = [], Refused()
    for one in arrivals:
        hit, mail = one.hit, one.mail
        refusal = one.copy.refusal or _switched_off(hit, mail)
        if refusal and hit.kind is not UNSUBSCRIBE:
            refused[mail.org_id, hit.received_at.date().isoformat(), str(refusal)] += 1
        else:
            kept.append(one)
    return kept, refused


def count(refused: Refused) -> None:
    """Add them to what is told of refused hits."""
    db.execute_many(
        "INSERT INTO dropped_hit (org_id, happened_on, reason, hits) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (org_id, happened_on, reason) DO UPDATE"
        " SET hits = dropped_hit.hits + excluded.hits",
        [(*key, hits) for key, hits in sorted(refused.items())],
    )


def _switched_off(hit: RawHit, mail: Mail) -> str:
    # The picture in a Gmail draft cannot be taken out again when only its opens are switched off.
    return "switched_off" if hit.kind is OPEN and not mail.has_opens else ""


def _apply(hit: RawHit, mail: Mail, copy: Copy) -> None:
    # Everybody who got this copy: with a shared one nobody can say who pressed the button, and a
    # refusal too many harms less than one too few.
    is_stop = hit.headers.get("action") == STOP
    for address, person_id in copy.readers:
        if is_stop:
            _deny(mail.org_id, address, person_id)
        else:
            _suppress(mail.org_id, address)


def _deny(org_id: str, address: str, person_id: str | None) -> None:
    people = [person_id] if person_id else _people_at(org_id, address)
    for one in people:
        Person.update(consent="denied", updated_at=clock.now()).where(Person.id == one).execute()
    ConsentRecord.create(
        org_id=org_id,
        person_id=person_id,
        address=address,
        state="denied",
        how="stop-tracking page of a mail",
        actor="recipient",
    )
    if not people:  # nobody on record: the address itself must be remembered
        _suppress(org_id, address, "stop_tracking")


def _people_at(org_id: str, address: str) -> list[str]:
    return [
        person_id
        for (person_id,) in db.rows(
            "SELECT person_id FROM person_address WHERE org_id = %s AND address = %s",
            [org_id, address],
        )
    ]


def _suppress(org_id: str, address: str, reason: str = "unsubscribed") -> None:
    now = clock.now()
    values = {"lifted_at": None, "created_at": now}
    Suppression.insert(
        id=clock.new_id(), org_id=org_id, address=address, reason=reason, **values
    ).on_conflict(
        conflict_target=[Suppression.org_id, Suppression.address, Suppression.reason],
        update=values,
    ).execute()
