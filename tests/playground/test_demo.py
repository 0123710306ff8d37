"""What `serve --demo` adds so that the readers' networks are recognised."""

from pathlib import Path

from backend.settings import Settings
from backend.tracking.lists import SHIPPED
from backend.tracking.networks import Networks
from playground import demo, readers
from tests.world import SECRET


def test_the_example_addresses_get_their_network_numbers(tmp_path):
    found = demo.variables(Settings(data_dir=tmp_path, secret=SECRET, port=8000))

    networks = Networks.load(SHIPPED, asn_db=Path(found["ASN_DB"]))
    assert found["TRUSTED_HOPS"] == "1"
    assert networks.facts("192.0.2.17").asn == readers.networks()["192.0.2.0/24"]
    assert networks.facts("203.0.113.8").asn != networks.facts("192.0.2.17").asn
    assert networks.facts("8.8.8.8").asn is None


def test_what_the_operator_set_stays(tmp_path):
    settings = Settings(
        data_dir=tmp_path, secret=SECRET, port=8000, trusted_hops=2, asn_db=tmp_path / "own.mmdb"
    )

    assert demo.variables(settings) == {}
