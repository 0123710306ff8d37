"""Who takes part in captured mails, and whom each address is taken for."""

from collections.abc import Mapping, Sequence

from backend import clock, db
from backend.capture.matching import Match, match
from backend.capture.messages import Kept
from backend.mail.address_list import Mailbox as Who
from backend.models.mailboxes import Mailbox

MAX_PEOPLE = 2_000  # of one mail
COLUMNS = (
    "id", "org_id", "message_id", "position", "role", "address", "name", "person_id", "decision",
    "reason", "rule",
)  # fmt: skip


def add(mailbox: Mailbox, kept: Sequence[Kept]) -> None:
    """The mails' participants with whom they are, all looked up at once.

    A Bcc is seen on the sender's own copy alone.
    """
    people = {each.id: _people(each) for each in kept}
    addresses = {who.address for everyone in people.values() for _, who in everyone}
    matches = match(mailbox.org_id, addresses)
    known = [each.id for each in kept if not each.is_new]
    seen = _seen(known)
    new = [
        _row(mailbox.org_id, message_id, place, each, matches)
        for message_id, everyone in people.items()
        for place, each in enumerate(everyone)
        if (message_id, each[0], each[1].address) not in seen
    ]
    if new:
        db.insert_rows("participant", COLUMNS, new)
    if known:
        _tell_rules(known, people, matches)


def _people(kept: Kept) -> list[tuple[str, Who]]:
    mail = kept.arrival.mail
    lines = [("from", (mail.sender,) if mail.sender else ()), ("to", mail.to), ("cc", mail.cc)]
    if kept.arrival.fetched.is_sent:
        lines.append(("bcc", mail.bcc))
    return [(role, who) for role, everyone in lines for who in everyone][:MAX_PEOPLE]


def _row(
    org_id: str,
    message_id: str,
    place: int,
    taking_part: tuple[str, Who],
    matches: Mapping[str, Match],
) -> tuple[object, ...]:
    role, who = taking_part
    person_id, rule = matches[who.address]
    identity = clock.new_id(), org_id, message_id, place - 1
    return (*identity, role, who.address, who.name, person_id, "", "", rule)


def _seen(message_ids: Sequence[str]) -> set[tuple[str, str, str]]:
    """(message, role, address) of what is written already."""
    if not message_ids:
        return set()
    sql = f"SELECT message_id, role, address FROM participant WHERE message_id {db.among('uuid')}"
    return {
        (message, role, address) for message, role, address in db.rows(sql, [db.many(message_ids)])
    }


def _tell_rules(
    known: Sequence[str],
    people: Mapping[str, Sequence[tuple[str, Who]]],
    matches: Mapping[str, Match],
) -> None:
    """Participants that a stamp wrote know their person, but not by which rule."""
    db.execute_many(
        "UPDATE participant SET rule = %s, person_id = coalesce(person_id, %s)"
        " WHERE message_id = %s AND address = %s AND rule = ''",
        [
            (matches[address].rule, matches[address].person_id, message_id, address)
            for message_id in known
            for address in {who.address for _, who in people[message_id]}
            if matches[address].rule
        ],
    )
