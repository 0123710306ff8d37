"""What may be measured of whom: one decision per recipient, asked at stamp time and at hit time.

Law: EDPB Guidelines 2/2023 (7 Oct 2024), CNIL deliberation 2026-042 (12 March 2026). Do Not Track
and withdrawn consent also hold for mail that was already sent: the drain asks again for every hit.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from backend import db
from backend.mail.addresses import domain_of
from backend.models.people import KnownAt, ask_known_at
from backend.tracking.policy_choices import Policy, Preset, Sharing

__all__ = [
    "Decision",
    "Judgement",
    "Policy",
    "Preset",
    "Reason",
    "Sharing",
    "Standing",
    "decide",
    "judge",
    "policy_of",
    "refusals",
    "standing",
]


class Decision(StrEnum):
    """What happens to one recipient."""

    TRACK = "track"
    AGGREGATE = "aggregate"
    LEAVE = "leave"


class Reason(StrEnum):
    """Why; the sentences for people are in `backend/words/en/reasons.json`."""

    ALLOWED = "allowed"
    CONSENT_GIVEN = "consent_given"
    COUNTED_WITHOUT_PERSON = "counted_without_person"
    POLICY_OFF = "policy_off"
    DO_NOT_TRACK = "do_not_track"
    CONSENT_DENIED = "consent_denied"
    CONSENT_MISSING = "consent_missing"
    UNSUBSCRIBED = "unsubscribed"
    HARD_BOUNCE = "hard_bounce"
    DOMAIN_LEFT_OUT = "domain_left_out"
    COUNTRY_LEFT_OUT = "country_left_out"
    ADDRESS_LEFT_OUT = "address_left_out"
    KIND_LEFT_OUT = "kind_left_out"
    INTERNAL = "internal"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Standing:
    """One recipient as the policy sees her; the strictest of all people with that address."""

    address: str
    person_id: str | None = None
    is_do_not_track: bool = False
    consent: str = "unknown"
    countries: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    suppression: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The decision for one address, with its reason."""

    address: str
    person_id: str | None
    decision: Decision
    reason: Reason

    @property
    def is_measured(self) -> bool:
        """Whether a pixel or a wrapped link may stand in this recipient's mail."""
        return self.decision is not Decision.LEAVE


def policy_of(org_id: str) -> Policy:
    """The organisation's policy as of now."""
    return _ask_policy(org_id)()


def judge(org_id: str, policy: Policy, addresses: Iterable[str]) -> dict[str, Judgement]:
    """The judgement for each normalised address, as of now."""
    wanted = list(addresses)
    with db.pipeline():
        known = ask_known_at(org_id, wanted)
    return _judgements(policy, wanted, known())


def judge_by_own_policy(
    org_id: str, addresses: Iterable[str]
) -> tuple[Policy, dict[str, Judgement]]:
    """The organisation's policy and the same by it, all asked at once."""
    wanted = list(addresses)
    with db.pipeline():
        asked, known = _ask_policy(org_id), ask_known_at(org_id, wanted)
    policy = asked()
    return policy, _judgements(policy, wanted, known())


def refusals(org_id: str, policy: Policy, addresses: Iterable[str]) -> dict[str, Reason]:
    """Why each of these addresses may not be measured now; who may be is not in it.

    For every hit: most addresses are nobody's in particular, and all of these stand alike.
    """
    wanted = set(addresses)
    at = ask_known_at(org_id, wanted, has_erased=policy.has_erased)()
    known = at.people.keys() | at.suppressed.keys()
    alike = set() if policy.tells_addresses_apart else wanted - known
    of_strangers = _refusal(policy, Standing(""))
    found = dict.fromkeys(alike, of_strangers) if of_strangers else {}
    for address in wanted - alike:
        refusal = _refusal(policy, standing(address, at))
        if refusal:
            found[address] = refusal
    return found


def _judgements(policy: Policy, addresses: Iterable[str], known: KnownAt) -> dict[str, Judgement]:
    return {address: decide(policy, standing(address, known)) for address in addresses}


def _ask_policy(org_id: str) -> Callable[[], Policy]:
    rows = db.ask("SELECT policy FROM organization WHERE id = %s", [org_id])
    return lambda: Policy.of(next((row[0] for row in rows()), {}))


def standing(address: str, known: KnownAt) -> Standing:
    """Put together what is known of an address; several people sharing it: the strictest counts."""
    people = known.people.get(address, ())
    consents = {person.consent for person in people}
    consent = next(
        (state for state in ("denied", "unknown", "granted") if state in consents), "unknown"
    )
    return Standing(
        address=address,
        person_id=people[0].id if len(people) == 1 else None,
        is_do_not_track=any(person.do_not_track for person in people),
        consent=consent,
        countries=frozenset(person.country.upper() for person in people),
        kinds=frozenset(filter(None, (person.kind for person in people))),
        suppression=known.suppressed.get(address, ""),
    )


def decide(policy: Policy, who: Standing) -> Judgement:
    """Apply the rules in order; pure."""
    decision, reason = _ruling(policy, who)
    return Judgement(who.address, who.person_id, decision, reason)


def _ruling(policy: Policy, who: Standing) -> tuple[Decision, Reason]:
    refusal = _refusal(policy, who)
    if refusal:
        return Decision.LEAVE, refusal
    if policy.preset == Preset.AGGREGATE:
        return Decision.AGGREGATE, Reason.COUNTED_WITHOUT_PERSON
    granted = who.consent == "granted"
    return Decision.TRACK, Reason.CONSENT_GIVEN if granted else Reason.ALLOWED


def _refusal(policy: Policy, who: Standing) -> Reason | None:
    refusals = (
        (policy.preset == Preset.OFF, Reason.POLICY_OFF),
        (who.suppression == "erased", Reason.ERASED),
        (who.is_do_not_track, Reason.DO_NOT_TRACK),
        (who.consent == "denied", Reason.CONSENT_DENIED),
        (who.suppression == "stop_tracking", Reason.CONSENT_DENIED),
        (who.suppression == "hard_bounce", Reason.HARD_BOUNCE),
        (bool(who.suppression), Reason.UNSUBSCRIBED),
        (_is_in(who.address, policy.left_domains), Reason.DOMAIN_LEFT_OUT),
        (who.address in policy.left_addresses, Reason.ADDRESS_LEFT_OUT),
        (_is_in(who.address, policy.internal_domains), Reason.INTERNAL),
        (not who.countries.isdisjoint(policy.left_countries), Reason.COUNTRY_LEFT_OUT),
        (not who.kinds.isdisjoint(policy.left_kinds), Reason.KIND_LEFT_OUT),
        (who.consent != "granted" and _is_asked(policy, who), Reason.CONSENT_MISSING),
    )
    return next((reason for applies, reason in refusals if applies), None)


def _is_asked(policy: Policy, who: Standing) -> bool:
    """Whether this recipient has to agree first: everybody, or people like her."""
    return (
        policy.preset == Preset.STRICT
        or _is_in(who.address, policy.asked_domains)
        or not who.countries.isdisjoint(policy.asked_countries)
        or not who.kinds.isdisjoint(policy.asked_kinds)
    )


def _is_in(address: str, domains: Sequence[str]) -> bool:
    domain = domain_of(address)
    return any(domain == left or domain.endswith("." + left) for left in domains)
