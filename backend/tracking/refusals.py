"""Hits that must leave nothing but a count, and requests not to be tracked or mailed."""

from collections import Counter
from collections.abc import Mapping, Sequence

from backend import clock, db
from backend.models.people import ConsentRecord, Person, Suppression
from backend.tracking.facts import OPEN, UNSUBSCRIBE, RawHit
from backend.tracking.hits import Arrival
from backend.tracking.targets import Copy, Mail, refuse

STOP = "stop"
_STOPPED = "stop_tracking"  # of an address that nobody on record has
_SAID = ("state", "how", "actor")
_REFUSAL = ("denied", "stop-tracking page of a mail", "recipient")

Refused = Counter[tuple[str, str, str]]  # by organisation, day and reason


def apply_requests(arrivals: Sequence[Arrival], mails: Mapping[str, Mail]) -> None:
    """Carry out what was asked for on /u/ pages, before the batch's other hits are judged by it."""
    # Once for each copy: whoever keeps the button pressed asks for nothing more.
    asked = {
        (one.copy.id, _is_stop(one.hit)): one for one in arrivals if one.hit.kind is UNSUBSCRIBE
    }
    for one in asked.values():
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
    for address, person_id in copy.readers:
        if _is_stop(hit):
            _deny(mail.org_id, address, person_id)
        else:
            _suppress(mail.org_id, address)


def _is_stop(hit: RawHit) -> bool:
    return hit.headers.get("action") == STOP


def _deny(org_id: str, address: str, person_id: str | None) -> None:
    """Note the refusal, unless it stands already and the last word on it was the same."""
    people = [person_id] if person_id else _people_at(org_id, address)
    changed = sum(
        Person.update(consent="denied", updated_at=clock.now())
        .where(Person.id == one, Person.consent != "denied")
        .execute()
        for one in people
    )
    is_new = changed if people else not _is_suppressed(org_id, address)
    if is_new or not _is_last_word(org_id, address, person_id):
        said = dict(zip(_SAID, _REFUSAL, strict=True))
        ConsentRecord.create(org_id=org_id, person_id=person_id, address=address, **said)
    if not people:  # nobody on record: the address itself must be remembered
        _suppress(org_id, address, _STOPPED)


def _is_suppressed(org_id: str, address: str) -> bool:
    standing = (Suppression.reason == _STOPPED) & Suppression.lifted_at.is_null()
    return bool(
        Suppression.select()
        .where(Suppression.org_id == org_id, Suppression.address == address, standing)
        .exists()
    )


def _is_last_word(org_id: str, address: str, person_id: str | None) -> bool:
    whose = "person_id IS NULL" if person_id is None else "person_id = %s"
    last = db.one(
        f"SELECT {', '.join(_SAID)} FROM consent_record"
        f" WHERE org_id = %s AND address = %s AND {whose}"
        " ORDER BY occurred_at DESC, id DESC LIMIT 1",
        [org_id, address, *([person_id] if person_id else [])],
    )
    return last == _REFUSAL


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
