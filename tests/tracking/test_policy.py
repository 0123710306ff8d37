"""One decision per recipient: every preset, every state of a person, the strictest of several."""

from dataclasses import replace
from typing import Any

import pytest

from backend.models.org import Organization
from backend.models.people import Known, KnownAt, Person, PersonAddress, Suppression
from backend.tracking.policy import (
    Decision,
    Policy,
    Preset,
    Reason,
    Standing,
    decide,
    judge,
    judge_by_own_policy,
    policy_of,
    refusals,
    standing,
)
from tests.world import CAROL, DANA, LEO, NOON, World

ADDRESS = "ann@mail.example.com"
TRACK, AGGREGATE, LEAVE = Decision.TRACK, Decision.AGGREGATE, Decision.LEAVE

# What a person's state alone comes to under strict, inform and aggregate.
STATES: tuple[tuple[str, dict[str, Any], Reason, Reason], ...] = (
    ("nothing known", {}, Reason.CONSENT_MISSING, Reason.ALLOWED),
    ("consent given", {"consent": "granted"}, Reason.CONSENT_GIVEN, Reason.CONSENT_GIVEN),
    ("consent denied", {"consent": "denied"}, Reason.CONSENT_DENIED, Reason.CONSENT_DENIED),
    ("Do Not Track", {"is_do_not_track": True}, Reason.DO_NOT_TRACK, Reason.DO_NOT_TRACK),
    (
        "Do Not Track beats a consent",
        {"is_do_not_track": True, "consent": "granted"},
        Reason.DO_NOT_TRACK,
        Reason.DO_NOT_TRACK,
    ),
    ("unsubscribed", {"suppression": "unsubscribed"}, Reason.UNSUBSCRIBED, Reason.UNSUBSCRIBED),
    ("bounced for good", {"suppression": "hard_bounce"}, Reason.HARD_BOUNCE, Reason.HARD_BOUNCE),
    (
        "asked on the page to be left alone",
        {"suppression": "stop_tracking"},
        Reason.CONSENT_DENIED,
        Reason.CONSENT_DENIED,
    ),
    (
        "unsubscribed after consenting",
        {"suppression": "unsubscribed", "consent": "granted"},
        Reason.UNSUBSCRIBED,
        Reason.UNSUBSCRIBED,
    ),
)
IS_MEASURED = {Reason.ALLOWED, Reason.CONSENT_GIVEN}


def decided(preset: str, changes: dict[str, Any], **policy: object) -> tuple[Decision, Reason]:
    who = replace(Standing(ADDRESS), **changes)
    found = decide(Policy.of({"preset": preset, **policy}), who)
    assert (found.address, found.is_measured) == (ADDRESS, found.decision is not LEAVE)
    return found.decision, found.reason


@pytest.mark.req("R74")
@pytest.mark.parametrize(
    ("why", "state", "strict", "inform"), STATES, ids=[row[0] for row in STATES]
)
def test_each_preset_decides_each_state_of_a_person(
    why: str, state: dict[str, Any], strict: Reason, inform: Reason
) -> None:
    counted = inform in IS_MEASURED

    assert decided("strict", state) == (TRACK if strict in IS_MEASURED else LEAVE, strict), why
    assert decided("inform", state) == (TRACK if counted else LEAVE, inform), why
    assert decided("aggregate", state) == (
        (AGGREGATE, Reason.COUNTED_WITHOUT_PERSON) if counted else (LEAVE, inform)
    ), why
    assert decided("off", state) == (LEAVE, Reason.POLICY_OFF), why


@pytest.mark.parametrize(
    ("why", "domains", "is_left"),
    [
        ("the domain itself", ["mail.example.com"], True),
        ("a domain above it", ["example.com"], True),
        ("written with capitals, an @ and blanks", [" @Example.COM "], True),
        ("with a star", ["*.example.com"], True),
        ("a domain below it", ["x.mail.example.com"], False),
        ("one that only ends alike", ["ple.com", "l.example.com"], False),
        ("one it is a beginning of", ["mail.example.com.evil.test"], False),
        ("nothing", ["", " ", "@"], False),
    ],
)
def test_a_domain_that_is_left_out_is_left_with_all_below_it(
    why: str, domains: list[str], is_left: bool
) -> None:
    expected = (LEAVE, Reason.DOMAIN_LEFT_OUT) if is_left else (TRACK, Reason.ALLOWED)

    assert decided("inform", {}, left_domains=domains) == expected, why


@pytest.mark.parametrize(
    ("why", "state", "policy", "reason"),
    [
        ("her address", {}, {"left_addresses": [ADDRESS]}, Reason.ADDRESS_LEFT_OUT),
        ("one of ours", {}, {"internal_domains": ["Example.com"]}, Reason.INTERNAL),
        ("a lead", {"kinds": frozenset({"lead"})}, {"left_kinds": ["lead"]}, Reason.KIND_LEFT_OUT),
        ("a contact", {"kinds": frozenset({"contact"})}, {"left_kinds": ["lead"]}, Reason.ALLOWED),
        ("nobody known", {}, {"left_kinds": ["lead"]}, Reason.ALLOWED),
        ("another address", {}, {"left_addresses": ["x" + ADDRESS]}, Reason.ALLOWED),
    ],
)
def test_addresses_colleagues_and_kinds_can_be_left_out(
    why: str, state: dict[str, Any], policy: dict[str, Any], reason: Reason
) -> None:
    assert decided("inform", state, **policy)[1] is reason, why


@pytest.mark.req("R75")
@pytest.mark.parametrize(
    ("why", "state", "policy", "reason"),
    [
        ("a domain", {}, {"asked_domains": ["@Example.com"]}, Reason.CONSENT_MISSING),
        ("another domain", {}, {"asked_domains": ["else.test"]}, Reason.ALLOWED),
        ("a country", {"countries": {"AT"}}, {"asked_countries": ["at"]}, Reason.CONSENT_MISSING),
        ("another country", {"countries": {"DE"}}, {"asked_countries": ["at"]}, Reason.ALLOWED),
        ("a kind", {"kinds": {"lead"}}, {"asked_kinds": ["lead"]}, Reason.CONSENT_MISSING),
        ("another kind", {"kinds": {"contact"}}, {"asked_kinds": ["lead"]}, Reason.ALLOWED),
        (
            "a domain, and she agreed",
            {"consent": "granted"},
            {"asked_domains": ["example.com"]},
            Reason.CONSENT_GIVEN,
        ),
        (
            "left out goes before asked",
            {"consent": "granted"},
            {"asked_domains": ["example.com"], "left_domains": ["example.com"]},
            Reason.DOMAIN_LEFT_OUT,
        ),
    ],
)
def test_some_are_asked_first_where_the_others_are_informed(
    why: str, state: dict[str, Any], policy: dict[str, Any], reason: Reason
) -> None:
    frozen = {
        name: frozenset(value) if isinstance(value, set) else value for name, value in state.items()
    }

    assert decided("inform", frozen, **policy)[1] is reason, why


@pytest.mark.parametrize(
    "policy",
    [
        {"left_addresses": [CAROL]},
        {"internal_domains": ["northwind.test"]},
        {"asked_domains": ["northwind.test"]},
    ],
)
def test_what_is_left_out_holds_at_hit_time_too(world: World, policy: dict[str, Any]) -> None:
    strangers = refusals(world.alice.org_id, Policy.of(policy), [CAROL, "new@elsewhere.test"])

    assert set(strangers) == {CAROL}


def test_a_domain_in_its_own_script_is_left_as_dns_knows_it() -> None:
    policy = Policy.of({"left_domains": ["Bücher.example"]})

    found = decide(policy, Standing("ann@xn--bcher-kva.example"))

    assert found.reason is Reason.DOMAIN_LEFT_OUT


@pytest.mark.parametrize(
    ("why", "countries", "is_left"),
    [
        ("hers", {"FR"}, True),
        ("one of two people's", {"DE", "FR"}, True),
        ("another", {"DE"}, False),
        ("not known", set(), False),
    ],
)
def test_a_country_can_be_left_out(why: str, countries: set[str], is_left: bool) -> None:
    expected = (LEAVE, Reason.COUNTRY_LEFT_OUT) if is_left else (TRACK, Reason.ALLOWED)

    found = decided("inform", {"countries": frozenset(countries)}, left_countries=["fr", "IT"])

    assert found == expected, why


@pytest.mark.parametrize(
    ("why", "people", "expected"),
    [
        ("nobody", (), Standing(ADDRESS)),
        (
            "one",
            (Known("1", do_not_track=False, consent="granted", country="DE"),),
            Standing(ADDRESS, "1", consent="granted", countries=frozenset({"DE"})),
        ),
        (
            "one of two with Do Not Track: and neither is named",
            (
                Known("1", do_not_track=False, consent="granted", country="DE"),
                Known("2", do_not_track=True, consent="granted", country="FR"),
            ),
            Standing(
                ADDRESS,
                is_do_not_track=True,
                consent="granted",
                countries=frozenset({"DE", "FR"}),
            ),
        ),
        (
            "a consent does not speak for the other",
            (
                Known("1", do_not_track=False, consent="granted", country=""),
                Known("2", do_not_track=False, consent="unknown", country=""),
            ),
            Standing(ADDRESS, countries=frozenset({""})),
        ),
        (
            "a refusal does",
            (
                Known("1", do_not_track=False, consent="unknown", country=""),
                Known("2", do_not_track=False, consent="denied", country=""),
            ),
            Standing(ADDRESS, consent="denied", countries=frozenset({""})),
        ),
    ],
)
def test_of_several_people_at_one_address_the_strictest_counts(
    why: str, people: tuple[Known, ...], expected: Standing
) -> None:
    assert standing(ADDRESS, KnownAt({ADDRESS: people}, {})) == expected, why


def test_everybody_in_a_mail_is_judged_by_what_is_stored_now(world: World) -> None:
    org_id = world.alice.org_id
    Suppression.create(org_id=org_id, address="gone@example.com", reason="hard_bounce")
    addresses = [CAROL, DANA, LEO, "gone@example.com", "nobody@example.com"]

    found = judge(org_id, Policy(), addresses)

    assert list(found) == addresses
    assert [(each.decision, each.reason) for each in found.values()] == [
        (TRACK, Reason.ALLOWED),
        (LEAVE, Reason.DO_NOT_TRACK),
        (TRACK, Reason.CONSENT_GIVEN),
        (LEAVE, Reason.HARD_BOUNCE),
        (TRACK, Reason.ALLOWED),
    ]
    assert found[CAROL].person_id == world.people["carol"].id
    assert found["nobody@example.com"].person_id is None


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"preset": "strict"},
        {"preset": "aggregate"},
        {"preset": "off"},
        {"left_domains": ["example.com"]},
        {"left_countries": ["FR"]},
        {"preset": "strict", "left_domains": ["example.com"], "left_countries": ["FR"]},
    ],
    ids=str,
)
def test_at_hit_time_the_same_people_are_refused_as_at_stamp_time(
    world: World, policy: dict[str, Any]
) -> None:
    org_id = world.alice.org_id
    for number, reason in enumerate(("hard_bounce", "unsubscribed", "stop_tracking")):
        Suppression.create(org_id=org_id, address=f"{number}@example.org", reason=reason)
    Person.update(country="FR").where(Person.id == world.people["carol"].id).execute()
    addresses = [CAROL, DANA, LEO, "x@example.com", "x@example.org"]
    addresses += [f"{number}@example.org" for number in range(3)]
    chosen = Policy.of(policy)

    judged = judge(org_id, chosen, addresses)

    assert refusals(org_id, chosen, addresses) == {
        address: each.reason for address, each in judged.items() if not each.is_measured
    }


def test_a_mail_is_judged_by_its_organisations_policy_of_now(world: World) -> None:
    org_id, addresses = world.alice.org_id, [CAROL, DANA, "nobody@example.com"]
    for chosen in ({}, {"left_addresses": [CAROL]}):
        Organization.update(policy=chosen).where(Organization.id == org_id).execute()

        policy, judged = judge_by_own_policy(org_id, addresses)

        assert policy == policy_of(org_id) == Policy.of(chosen)
        assert judged == judge(org_id, policy, addresses)
        assert (judged[CAROL].reason is Reason.ADDRESS_LEFT_OUT) is bool(chosen)


def test_another_organisations_people_and_refusals_say_nothing(world: World) -> None:
    theirs = world.users["mallory"].org_id
    Suppression.create(org_id=theirs, address=CAROL, reason="unsubscribed")

    ours, other = judge(world.alice.org_id, Policy(), [CAROL]), judge(theirs, Policy(), [DANA])

    assert ours[CAROL].reason is Reason.ALLOWED
    assert (other[DANA].reason, other[DANA].person_id) == (Reason.ALLOWED, None)


def test_a_lifted_suppression_is_over(world: World) -> None:
    org_id = world.alice.org_id
    Suppression.create(org_id=org_id, address=CAROL, reason="unsubscribed", lifted_at=NOON)

    assert judge(org_id, Policy(), [CAROL])[CAROL].is_measured


def test_an_address_two_people_share_names_neither(world: World) -> None:
    org_id = world.alice.org_id
    twin = Person.create(org_id=org_id, name="Twin", kind="lead", source="test", external_id="twin")
    PersonAddress.create(org_id=org_id, person_id=twin.id, address=CAROL)

    assert judge(org_id, Policy(), [CAROL])[CAROL].person_id is None


def test_an_organisation_has_the_defaults_but_for_what_it_has_set(world: World) -> None:
    before = policy_of(world.alice.org_id)
    world.set_policy(preset="strict", open_count_cap=0, left_countries=["de"], of_tomorrow=1)

    after = policy_of(world.alice.org_id)

    assert before == Policy()
    assert (before.preset, before.open_count_cap, before.gathering_cycle_s) == (
        Preset.INFORM,
        101,
        60,
    )
    assert after == Policy(preset="strict", open_count_cap=0, left_countries=("DE",))
