"""The small network database, as the library reads it."""

import ipaddress

import maxminddb

from playground.mmdb import write_mmdb


def test_each_network_has_its_record_and_others_have_none(tmp_path):
    path = write_mmdb(
        tmp_path / "a.mmdb", {"192.0.2.0/24": {"asn": 1}, "2001:db8::/32": {"n": "x"}}
    )

    with maxminddb.open_database(path) as database:
        assert database.get(ipaddress.ip_address("192.0.2.9")) == {"asn": 1}
        assert database.get(ipaddress.ip_address("2001:db8:1::1")) == {"n": "x"}
        assert database.get(ipaddress.ip_address("192.0.3.9")) is None
