"""What a token of a hit stands for, and what is known of the mail it was put into."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from backend import db
from backend.tracking.classify import TUNING, Sending, Tuning
from backend.tracking.facts import Kind, RawHit
from backend.tracking.policy import Policy, refusals

# A picture of a stamp that became part of another (tracking.merging) counts as that one's own.
_COPY = "stamp_id, COALESCE(folds_into, id), NULL FROM stamp_copy WHERE"
_LOOKUPS = {
    Kind.OPEN: f"SELECT pixel_token, {_COPY} pixel_token",
    Kind.MARKER: f"SELECT marker_token, {_COPY} marker_token",
    Kind.UNSUBSCRIBE: f"SELECT unsubscribe_token, {_COPY} unsubscribe_token",
    Kind.CLICK: "SELECT token, stamp_id, copy_id, id FROM tracked_link WHERE token",
}


class Target(NamedTuple):
    """The copy, and for a click the link, that a token was made for."""

    stamp_id: str
    copy_id: str
    link_id: str | None


@dataclass(slots=True)
class Copy:
    """A copy with those who get it: (address, person id), and why it may not be measured now."""

    id: str
    readers: list[tuple[str, str | None]] = field(default_factory=list)
    refusal: str = ""

    @property
    def person_id(self) -> str | None:
        """Whom a hit on this copy is about, where that is only one person."""
        return self.readers[0][1] if len(self.readers) == 1 else None


@dataclass(slots=True)
class Mail:
    """A stamped mail as the hits on it need it; `counts` are the message's, held under a lock."""

    policy: Policy
    sending: Sending
    stamp_id: str
    org_id: str
    user_id: str
    message_id: str
    opens_total: int
    click_count: int
    first_opened_at: datetime | None
    last_opened_at: datetime | None
    state: str
    is_aggregate: bool
    has_opens: bool
    copies: dict[str, Copy] = field(default_factory=dict)

    @property
    def tuning(self) -> Tuning:
        """The rules' windows and thresholds in this organisation."""
        if not self.policy.hosting_asns:
            return TUNING
        return Tuning(hosting_asns=frozenset(self.policy.hosting_asns))


def targets_of(hits: Iterable[RawHit]) -> dict[str, Target]:
    """The target of each token; one that is not in this database is not in it."""
    by_kind: dict[Kind, set[str]] = {}
    for hit in hits:
        by_kind.setdefault(hit.kind, set()).add(hit.token)
    return {
        token: Target(stamp_id, copy_id, link_id)
        for kind, tokens in by_kind.items()
        for token, stamp_id, copy_id, link_id in db.rows(
            f"{_LOOKUPS[kind]} {db.among('text')}", [db.many(tokens)]
        )
    }


def mails_of(stamp_ids: Iterable[str]) -> dict[str, Mail]:
    """The mails of these stamps, their messages locked until the transaction ends; no copies yet.

    Locked in the order of their ids, so that two drains and a confirmed send never wait for each
    other in a ring.
    """
    wanted = db.many(sorted(set(stamp_ids)))
    _lock_messages(wanted)
    # In a statement of its own: after a wait for a lock the one that waited still sees the stamps
    # of before, and a hit would miss for ever that its mail's send was confirmed meanwhile.
    found: dict[str, Mail] = {}
    policies = _policies()
    for stamp_id, viewed_at, sent_at, link_count, *rest in db.rows(
        "SELECT s.id, v.occurred_at, s.sent_at, s.link_count, s.org_id, s.user_id, s.message_id,"
        " m.opens_total, m.click_count, m.first_opened_at, m.last_opened_at,"
        " s.state, s.is_aggregate, s.opens"
        " FROM stamp s JOIN email_message m ON m.id = s.message_id"
        " LEFT JOIN self_view v ON v.stamp_id = s.id"
        f" WHERE s.id {db.among('uuid')}",
        [wanted],
    ):
        views = () if viewed_at is None else (viewed_at,)
        if mail := found.get(stamp_id):  # one row a view
            sending = mail.sending
            mail.sending = sending._replace(self_views=sending.self_views + views)
        else:
            sending = Sending(sent_at, link_count, views)
            found[stamp_id] = Mail(policies[rest[0]], sending, stamp_id, *rest)
    return found


def _lock_messages(stamp_ids: str) -> None:
    """On PostgreSQL: lock the messages of these stamps; on SQLite the transaction locks all."""
    if db.is_postgres():
        db.rows(
            "SELECT m.id FROM stamp s JOIN email_message m ON m.id = s.message_id"
            f" WHERE s.id {db.among('uuid')} ORDER BY m.id FOR NO KEY UPDATE OF m",
            [stamp_ids],
        )


def add_copies(mails: Mapping[str, Mail], copy_ids: Iterable[str]) -> None:
    """Bring in these copies with their readers, where they are not there yet.

    Whoever a copy was made for reads it, though a provider tells of other recipients (it may not
    know of a blind copy): what she asks for must not get lost.
    """
    known = {copy_id for mail in mails.values() for copy_id in mail.copies}
    wanted = set(copy_ids) - known
    if not wanted:
        return
    for stamp_id, copy_id, address, person_id in db.rows(
        "SELECT c.stamp_id, c.id, COALESCE(t.address, c.address), t.person_id FROM stamp_copy c"
        " JOIN stamp s ON s.id = c.stamp_id"
        " LEFT JOIN participant t ON t.message_id = s.message_id AND t.role <> 'from'"
        " AND (c.address IS NULL OR c.address = t.address)"
        f" WHERE c.id {db.among('uuid')}",
        [db.many(wanted)],
    ):
        copy = mails[stamp_id].copies.setdefault(copy_id, Copy(copy_id))
        if address is not None:
            copy.readers.append((address, person_id))


def refuse(mails: Mapping[str, Mail]) -> None:
    """Say of each copy whether it may be measured now.

    Asked for every hit, so that Do Not Track and withdrawn consent also hold for mail sent before.
    """
    by_org: dict[str, list[Mail]] = {}
    for mail in mails.values():
        by_org.setdefault(mail.org_id, []).append(mail)
    for org_id, theirs in by_org.items():
        copies = [(mail, copy) for mail in theirs for copy in mail.copies.values()]
        addresses = {address for _, copy in copies for address, _ in copy.readers}
        refused = refusals(org_id, theirs[0].policy, addresses)
        for mail, copy in copies:
            copy.refusal = _stopped(mail) or (refused and _first_of(copy.readers, refused)) or ""


def _first_of(readers: Iterable[tuple[str, str | None]], refused: Mapping[str, str]) -> str:
    return next((refused[address] for address, _ in readers if address in refused), "")


def _stopped(mail: Mail) -> str:
    return mail.state if mail.state in {"stopped", "disarmed", "untracked"} else ""


def _policies() -> dict[str, Policy]:
    return {
        org_id: Policy.of(stored)
        for org_id, stored in db.rows("SELECT id, policy FROM organization")
    }
