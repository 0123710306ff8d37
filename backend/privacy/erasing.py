"""Erasing whoever has an address: asked for by an admin, carried out by the worker in steps.

From the moment it is asked for nothing more of the erased comes in: mailboxes leave their mail and
meetings out, nobody can be added with the address, hits leave a count. Of the address a digest is
kept, which holds that and what was refused; `lift` lets it come again.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from backend import clock, db
from backend.access import audit
from backend.access.audit import Act
from backend.errors import Conflict, NotFound
from backend.models.erasures import GONE, REASON, Erasure, digest_of
from backend.models.mailboxes import Mailbox, fenced
from backend.models.org import Organization
from backend.people import writing
from backend.privacy.subjects import Subject, subject_of
from backend.tracking import outcomes

# What somebody has asked for, and is kept by digest; that mail came back is none of it.
REFUSALS = ("stop_tracking", outcomes.UNSUBSCRIBED, outcomes.COMPLAINT)


def ask(org_id: str, actor: str, text: str) -> Erasure:
    """Have the worker erase whoever has that address; the one under way, if it was asked for.

    Raises Invalid for what is no address, and Conflict for one of the organisation's own.
    """
    with db.transaction():
        # First, as whoever takes mail in holds its mailbox: what is under way ends before, or is
        # taken in anew and then left out.
        Mailbox.update(fenced()).where(Mailbox.org_id == org_id).execute()
        writing.lock(org_id)
        subject = subject_of(org_id, text)
        waiting = _waiting(subject)
        if waiting is not None:
            return waiting
        made: Erasure = Erasure.create(
            org_id=org_id,
            reference=subject.reference,
            actor=actor,
            work={"addresses": subject.addresses, "people": subject.people},
        )
        _keep_out(made, subject)
        audit.note(
            org_id,
            actor,
            Act("privacy.erasure_asked", "erasure", made.id),
            {"reference": made.reference},
        )
    return made


def not_finished(asked_before: datetime) -> list[str]:
    """The references of erasures asked for before then that are not over, ten at most."""
    query = Erasure.select(Erasure.reference).where(
        Erasure.finished_at.is_null(), Erasure.asked_at < asked_before
    )
    return [row.reference for row in query.order_by(Erasure.asked_at, Erasure.id).limit(10)]


def one(org_id: str, erasure_id: str) -> Erasure:
    """One of the organisation's. Raises NotFound."""
    found: Erasure | None = Erasure.get_or_none(Erasure.id == erasure_id, Erasure.org_id == org_id)
    if found is None:
        raise NotFound("problems.no_erasure")
    return found


def at(org_id: str, address: str) -> Erasure | None:
    """The erasure by which this normalised address is kept out, None where it is not."""
    row = db.one(
        "SELECT erasure_id FROM erased_address WHERE org_id = %s AND digest = %s",
        [org_id, digest_of(org_id, address)],
    )
    return one(org_id, row[0]) if row else None


def lift(org_id: str, actor: str, erasure_id: str) -> None:
    """Let the erased addresses come again; what they had refused before stays refused.

    Raises NotFound, and Conflict while it is under way.
    """
    with db.transaction():
        writing.lock(org_id)
        row = one(org_id, erasure_id)
        if row.finished_at is None:
            raise Conflict("problems.erasure_under_way")
        if row.lifted_at is not None:
            return
        of = "SELECT digest FROM erased_address WHERE erasure_id = %s"
        db.execute(
            f"DELETE FROM suppression WHERE org_id = %s AND reason = %s AND address IN ({of})",
            [org_id, REASON, row.id],
        )
        db.execute("DELETE FROM erased_address WHERE erasure_id = %s", [row.id])
        row.lifted_at = clock.now()
        row.save(only=[Erasure.lifted_at])
        audit.note(
            org_id,
            actor,
            Act("privacy.erasure_lifted", "erasure", row.id),
            {"reference": row.reference},
        )


def finish(row: Erasure) -> None:
    """Forget what it was found by, and write down how much went; in the caller's transaction."""
    row.work, row.finished_at = None, clock.now()
    row.save(only=[Erasure.work, Erasure.finished_at, Erasure.gone])
    detail = {"reference": row.reference, **row.gone}
    audit.note(row.org_id, row.actor, Act("privacy.erasure_done", "erasure", row.id), detail)


def _waiting(subject: Subject) -> Erasure | None:
    found: Erasure | None = Erasure.get_or_none(
        Erasure.org_id == subject.org_id,
        Erasure.reference == subject.reference,
        Erasure.finished_at.is_null(),
    )
    return found


def _keep_out(made: Erasure, subject: Subject) -> None:
    digests = [digest_of(subject.org_id, each) for each in subject.addresses]
    db.execute_many(
        "INSERT INTO erased_address (org_id, digest, erasure_id) VALUES (%s, %s, %s)"
        " ON CONFLICT (org_id, digest) DO UPDATE SET erasure_id = excluded.erasure_id",
        [(subject.org_id, digest, made.id) for digest in digests],
    )
    _suppress(subject.org_id, [(each, REASON) for each in (*digests, GONE)])
    _suppress(subject.org_id, sorted(_refused(subject)))
    for person_id in subject.people:  # found no more, so that no new mail names them
        writing.remove_marks(person_id)
    look_for_digests(subject.org_id)


def look_for_digests(org_id: str) -> None:
    """Have hits judged by digests, too; the caller has the organisation's lock."""
    org = Organization.get_by_id(org_id)
    org.policy = {**org.policy, "has_erased": True}
    org.save(only=[Organization.policy])


def _refused(subject: Subject) -> set[tuple[str, str]]:
    """What was refused at these addresses as (digest, reason), to hold if they come again."""
    found = db.rows(
        "SELECT address, reason FROM suppression WHERE org_id = %s AND lifted_at IS NULL"
        f" AND address {db.among('text')} AND reason {db.among('text')}",
        [subject.org_id, db.many(subject.addresses), db.many(REFUSALS)],
    )
    said = db.rows(
        "SELECT a.address FROM person p JOIN person_address a ON a.person_id = p.id"
        f" WHERE p.id {db.among('uuid')} AND (p.do_not_track OR p.consent = 'denied')",
        [db.many(subject.people)],
    )
    refused = {*found, *((address, "stop_tracking") for (address,) in said)}
    return {
        (digest_of(subject.org_id, address), reason)
        for address, reason in refused
        if address in subject.addresses
    }


def _suppress(org_id: str, refused: Iterable[tuple[str, str]]) -> None:
    now = clock.now()
    db.execute_many(
        "INSERT INTO suppression (id, org_id, address, reason, created_at)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (org_id, address, reason) DO UPDATE"
        " SET lifted_at = NULL",
        [(clock.new_id(), org_id, digest, reason, now) for digest, reason in refused],
    )


def told(row: Erasure) -> dict[str, Any]:
    """The erasure as it is told: never whose it is."""
    return {
        "id": row.id,
        "reference": row.reference,
        "asked_at": row.asked_at,
        "finished_at": row.finished_at,
        "lifted_at": row.lifted_at,
        "gone": row.gone,
    }
