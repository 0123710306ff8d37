"""Whose address it is: users, contacts and leads. One candidate is a match, several are not.

`rule` on a participant says how: user, address, plus_tag, ambiguous, chosen (by hand, see
backend.capture.unresolved), or "" for nobody we know. A new, changed or merged person is matched
against the past by `rematch`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from backend import clock, db
from backend.people.reading import become, stored_by_ids
from backend.tracking import summaries
from backend.tracking.policy import policy_of

# Where "ann+news@" is certainly Ann: Google's own domains document it. Elsewhere see policy.
PLUS_DOMAINS = frozenset({"gmail.com", "googlemail.com"})
MARK = "rematch"
TAGGED = "address LIKE '%%+%%'"  # as the index has it; drivers take "%" for a parameter's mark
OVERLAP = timedelta(minutes=1)  # a person's row may be committed later than its time says


class Match(NamedTuple):  # one for each of a page's addresses: a dataclass takes thrice as long
    """Whom an address is taken for, and by which rule."""

    person_id: str | None
    rule: str


NOBODY = Match(None, "")
# Users have no person.
_KNOWN = (
    "SELECT address, person_id FROM person_address WHERE org_id = %s AND address {0}"
    ' UNION ALL SELECT email, NULL FROM "user" WHERE org_id = %s AND email {0}'
    " UNION ALL SELECT address, NULL FROM mailbox WHERE org_id = %s AND address {0}"
)


def match(org_id: str, addresses: Collection[str]) -> dict[str, Match]:
    """A match for each address, in one query however many there are (a few to choose)."""
    forms = untagged(org_id, addresses)
    wanted = db.many({*forms, *forms.values()})
    users = set[str]()
    people: dict[str, list[str]] = {}
    for address, person_id in db.rows(_KNOWN.format(db.among("text")), [org_id, wanted] * 3):
        if person_id is None:
            users.add(address)
        else:
            people.setdefault(address, []).append(person_id)
    found = {address: _match(address, form, users, people) for address, form in forms.items()}
    several = {a: forms[a] for a, (_, rule) in found.items() if rule == "ambiguous"}
    return found | _chosen(org_id, several, people)


def _chosen(
    org_id: str, several: Mapping[str, str], people: Mapping[str, list[str]]
) -> dict[str, Match]:
    """Of those with several candidates, whom somebody has chosen, if he still is one."""
    if not several:
        return {}
    return {
        address: Match(person_id, "chosen")
        for address, person_id in choices(org_id, several).items()
        if person_id in (people.get(address) or people.get(several[address]) or [])
    }


def choices(org_id: str, addresses: Iterable[str]) -> dict[str, str]:
    """Whom somebody has chosen for these addresses; for one who was merged, whom she became."""
    chosen: dict[str, str] = dict(
        db.rows(
            "SELECT address, person_id FROM address_choice WHERE org_id = %s"
            f" AND person_id IS NOT NULL AND address {db.among('text')}",
            [org_id, db.many(addresses)],
        )
    )
    merged = become(org_id, stored_by_ids(org_id, set(chosen.values())).values())
    return {a: merged[who].id if who in merged else who for a, who in chosen.items()}


def _match(
    address: str, untagged_form: str, users: Collection[str], people: Mapping[str, list[str]]
) -> Match:
    if address in users:
        return Match(None, "user")
    found, rule = people.get(address), "address"
    if not found:
        found, rule = people.get(untagged_form), "plus_tag"
    if not found:
        return NOBODY
    return Match(found[0], rule) if len(found) == 1 else Match(None, "ambiguous")


def untagged(org_id: str, addresses: Iterable[str]) -> dict[str, str]:
    """Each address with its form without a +tag: itself, where that may be another mailbox.

    At Google's own domains it is the same; whether it is everywhere is the organisation's policy.
    """
    forms = {address: address for address in addresses}
    tagged = [address for address in forms if "+" in address]
    everywhere = bool(tagged) and policy_of(org_id).looks_through_tags
    for address in tagged:
        local, _, domain = address.rpartition("@")
        plain = local.partition("+")[0]
        if plain and (everywhere or domain in PLUS_DOMAINS):
            forms[address] = f"{plain}@{domain}"
    return forms


def rematch(org_id: str, addresses: Iterable[str]) -> int:
    """Match these addresses anew in what was captured of mail and meetings; how many changed.

    With them go the addresses with a +tag that are theirs.
    """
    given = set(addresses)
    wanted = sorted(given | {tagged for tagged, plain in _tagged(org_id).items() if plain in given})
    return _rematch(org_id, wanted) if wanted else 0


def rematch_tagged(org_id: str) -> int:
    """The policy on +tags is another: match all addresses with one anew; how many changed."""
    return _rematch(org_id, sorted(_tagged(org_id)))


def _tagged(org_id: str) -> dict[str, str]:
    """The addresses with a +tag in what was captured, with their forms without it."""
    has_tag = f"org_id = %s AND {TAGGED}"
    found = db.rows(
        f"SELECT address FROM participant WHERE {has_tag}"
        f" UNION SELECT address FROM attendee WHERE {has_tag}",
        [org_id, org_id],
    )
    return untagged(org_id, (row[0] for row in found))


def _rematch(org_id: str, wanted: Sequence[str]) -> int:
    mails: list[str] = []
    meetings = 0
    for address, found in match(org_id, wanted).items():
        sql = (
            "UPDATE {} SET person_id = %s, rule = %s WHERE org_id = %s AND address = %s"
            " AND (rule <> %s OR person_id IS DISTINCT FROM %s)"
        )
        params = [found.person_id, found.rule, org_id, address, found.rule, found.person_id]
        moved = db.rows(f"{sql.format('participant')} RETURNING message_id", params)
        mails += [message_id for (message_id,) in moved]
        meetings += db.execute(sql.format("attendee"), params)
    _tell_senders(mails)
    return len(mails) + meetings


def _tell_senders(message_ids: Sequence[str]) -> None:
    """Let the Feeds with these mails be fetched anew: they name whom a mail went to."""
    senders = db.rows(
        f"SELECT DISTINCT user_id FROM stamp WHERE message_id {db.among('uuid')}",
        [db.many(message_ids)],
    )
    if senders:
        summaries.tell_users(user_id for (user_id,) in senders)


def rematch_changed() -> int:
    """Match whoever was added, changed, merged or chosen since the last look against the past.

    How many participants are somebody else's now. In one transaction with the mark of the look.
    """
    with db.transaction():
        row = db.one("SELECT at FROM worker_mark WHERE name = %s", [MARK])
        now = clock.now()
        since = (row[0] if row else clock.EPOCH) - OVERLAP
        changed = sum(rematch(*each) for each in _changed_since(since).items())
        db.execute(
            "INSERT INTO worker_mark (name, at) VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET at = excluded.at",
            [MARK, now],
        )
    return changed


def _changed_since(at: datetime) -> dict[str, list[str]]:
    """Addresses of people added or changed, or that were chosen for, since then: by organisation.

    A mail that was being taken in meanwhile, and committed later, knew nothing of it.
    """
    found: dict[str, list[str]] = {}
    for org_id, address in db.rows(
        "SELECT p.org_id, a.address FROM person p JOIN person_address a ON a.person_id = p.id"
        " WHERE p.updated_at >= %s"
        " UNION ALL SELECT org_id, address FROM address_choice WHERE chosen_at >= %s",
        [at, at],
    ):
        found.setdefault(org_id, []).append(address)
    return found
