import timeit
from functools import partial
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import Invalid, SettingsError
from backend.tracking.facts import NetworkFacts
from backend.tracking.lists import SHIPPED
from backend.tracking.networks import Networks
from playground.mmdb import write_mmdb

NOTHING = NetworkFacts()
SHIPPED_ONLY = Networks.load(SHIPPED)
HEAD = "# role: relay\n# certainty: certain\n# scope: all\n"


@pytest.mark.req("R22")
@pytest.mark.parametrize(
    ("address", "lists"),
    [
        ("40.94.89.23", ("microsoft-detonation",)),
        ("40.92.0.0", ("microsoft-eop",)),
        ("40.93.255.255", ("microsoft-eop",)),
        ("40.91.255.255", ()),
        ("40.95.0.0", ()),
        ("104.47.127.255", ("microsoft-eop",)),
        ("104.47.128.0", ()),
        ("209.222.82.7", ("barracuda-egd",)),
        ("2a01:111:f400::1", ("microsoft-eop",)),
        ("2603:1026::5", ("microsoft-exchange",)),
        ("74.125.208.1", ("google",)),
        ("8.8.8.8", ()),
        ("0.0.0.0", ()),
        ("255.255.255.255", ()),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ()),
    ],
)
def test_an_address_is_found_in_its_lists(address, lists):
    assert SHIPPED_ONLY.facts(address).lists == lists


@pytest.mark.parametrize("address", ["::ffff:40.107.218.12", "::FFFF:286b:da0c"])
def test_an_ipv4_address_written_as_ipv6_is_the_same_address(address):
    assert SHIPPED_ONLY.facts(address) == SHIPPED_ONLY.facts("40.107.218.12")


def test_a_zone_id_is_dropped():
    assert SHIPPED_ONLY.facts("2a01:111:f400::1%eth0").lists == ("microsoft-eop",)


RUBBISH = ["", " ", "-", "unknown", "1.2.3", "1.2.3.4.5", "1.2.3.4:80", "[::1]", "01.2.3.4"]
HOSTILE = ["1.2.3.4\0", "\ud800", "\u0661.2.3.4", "9" * 100_000, "::" * 5000, "%", "1.2.3.4\n"]


@pytest.mark.parametrize("address", RUBBISH + HOSTILE, ids=lambda text: ascii(text[:12]))
def test_rubbish_gives_empty_facts(address):
    assert SHIPPED_ONLY.facts(address) == NOTHING


@given(st.text())
def test_no_text_raises(address):
    SHIPPED_ONLY.facts(address)


@given(st.ip_addresses().map(str))
def test_no_address_raises(address):
    SHIPPED_ONLY.facts(address)


def test_a_refreshed_list_replaces_the_shipped_one(tmp_path):
    (tmp_path / "apple-relay.txt").write_text(f"{HEAD}172.224.224.0/27 DE\n172.224.224.8/29 FR\n")
    (tmp_path / "barracuda-egd.txt").write_text(f"{HEAD}198.51.100.0/24\n")

    networks = Networks.load(SHIPPED, tmp_path)

    assert networks.facts("172.224.224.1") == NetworkFacts(
        country="DE", is_approximate=True, lists=("apple-relay",)
    )
    assert networks.facts("172.224.224.9").country == "FR"
    assert networks.facts("209.222.82.7") == NOTHING


def test_an_address_in_two_lists_has_both(tmp_path):
    (tmp_path / "b.txt").write_text(f"{HEAD}10.0.0.0/8\n")
    (tmp_path / "a.txt").write_text(f"{HEAD}10.1.0.0/16\n")

    networks = Networks.load(tmp_path)

    assert networks.facts("10.1.2.3").lists == ("a", "b")
    assert networks.facts("10.2.0.0").lists == ("b",)


def test_without_any_list_nothing_is_known(tmp_path):
    assert Networks.load(tmp_path).facts("40.94.89.23") == NOTHING


@pytest.mark.parametrize(
    ("why", "record", "country"),
    [
        ("GeoLite2", {"country": {"iso_code": "DE"}}, "DE"),
        ("@ip-location-db", {"country_code": "de"}, "DE"),
        ("a broken record", {"country": {"iso_code": "Germany"}}, None),
        ("a code that is none", {"country_code": "T1"}, None),
        ("another kind of file", {"city": "Berlin"}, None),
    ],
)
@pytest.mark.req("R27")
def test_the_country_comes_from_the_database(tmp_path, why, record, country):
    path = write_mmdb(tmp_path / "country.mmdb", {"198.51.100.0/24": record})

    facts = Networks.load(SHIPPED, country_db=path).facts("198.51.100.7")

    assert (facts.country, facts.is_approximate) == (country, False), why


def test_the_number_comes_from_the_database(tmp_path):
    records = {"198.51.100.0/24": {"autonomous_system_number": 26211}, "2001:db8::/32": {"x": 1}}
    path = write_mmdb(tmp_path / "asn.mmdb", records)

    networks = Networks.load(SHIPPED, asn_db=path)

    assert networks.facts("198.51.100.7").asn == 26211
    assert networks.facts("::ffff:198.51.100.7").asn == 26211
    assert networks.facts("2001:db8::1") == NOTHING


def test_an_ipv4_database_knows_no_ipv6_address(tmp_path):
    records = {"198.51.100.0/24": {"country_code": "DE"}}
    path = write_mmdb(tmp_path / "v4.mmdb", records, ip_version=4)

    networks = Networks.load(SHIPPED, country_db=path)

    assert networks.facts("198.51.100.7").country == "DE"
    assert networks.facts("2001:db8::1") == NOTHING


def test_a_database_that_is_none_stops_the_start(tmp_path):
    path = tmp_path / "country.mmdb"
    path.write_bytes(b"not a database")

    with pytest.raises(SettingsError, match=r"^COUNTRY_DB: .*country\.mmdb is no database in Max"):
        Networks.load(SHIPPED, country_db=path)
    with pytest.raises(SettingsError, match=r"^ASN_DB: .*nowhere\.mmdb does not exist"):
        Networks.load(SHIPPED, asn_db=tmp_path / "nowhere.mmdb")


def test_a_malformed_list_names_its_line(tmp_path):
    (tmp_path / "own.txt").write_text(f"{HEAD}10.0.0.1/8\n")

    with pytest.raises(Invalid, match=r"own\.txt line 4"):
        Networks.load(SHIPPED, tmp_path)


def test_a_look_up_costs_little_more_than_reading_the_address(tmp_path):
    lines = (f"10.{at // 256}.{at % 256}.0/25 DE" for at in range(20_000))
    (tmp_path / "apple-relay.txt").write_text(HEAD + "\n".join(lines))
    small, large = Networks.load(SHIPPED), Networks.load(SHIPPED, tmp_path)

    costs = [
        min(timeit.repeat(partial(n.facts, "10.20.30.40"), timer=process_time, number=2000))
        for n in (small, large)
    ]

    assert costs[1] < 3 * costs[0], "20,000 ranges must not cost more than a bisect more than 60"
