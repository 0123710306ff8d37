"""What an organisation has stored is read as it is used; what it has not is the default."""

import pytest

from backend.tracking.policy_choices import Policy, Preset, Sharing


@pytest.mark.parametrize(
    ("why", "stored", "name", "value"),
    [
        ("nothing chosen", {}, "preset", Preset.INFORM),
        ("two years at first", {}, "retention_days", 730),
        ("for ever, if chosen", {"retention_days": None}, "retention_days", None),
        ("the team at first", {}, "sharing", Sharing.TEAM),
        ("a list", {"left_addresses": ["a@b.test"]}, "left_addresses", ("a@b.test",)),
        ("a domain as written", {"left_domains": [" @Bücher.DE "]}, "left_domains",
         ("xn--bcher-kva.de",)),
        ("asked first alike", {"asked_domains": ["*.X.test"]}, "asked_domains", ("x.test",)),
        ("no domain at all", {"internal_domains": ["", "@"]}, "internal_domains", ()),
        ("countries in small letters", {"asked_countries": ["at"]}, "asked_countries", ("AT",)),
        ("a cycle of no length", {"gathering_cycle_s": 0}, "gathering_cycle_s", 1),
        ("a choice of a later version", {"nobody_knows": 1}, "preset", Preset.INFORM),
    ],
)  # fmt: skip
def test_what_is_stored_is_read_as_it_is_used(why, stored, name, value):
    assert getattr(Policy.of(stored), name) == value, why


@pytest.mark.parametrize(
    ("why", "stored", "is_apart"),
    [
        ("nothing chosen", {}, False),
        ("a kind is not known of strangers", {"left_kinds": ["lead"]}, False),
        ("a domain left out", {"left_domains": ["a.test"]}, True),
        ("a domain asked first", {"asked_domains": ["a.test"]}, True),
        ("an address", {"left_addresses": ["x@a.test"]}, True),
    ],
)
def test_whether_strangers_differ_follows_from_what_is_chosen(why, stored, is_apart):
    assert Policy.of(stored).tells_addresses_apart == is_apart, why
