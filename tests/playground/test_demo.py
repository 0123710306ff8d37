"""What `serve --demo` adds so that the readers' networks are recognised."""

from pathlib import Path

from backend.settings import Settings
from backend.tracking.lists import SHIPPED
from backend.tracking.networks import Networks
from playground import demo, google, readers
from tests.world import SECRET


def test_the_example_addresses_get_their_network_numbers(tmp_path):
    found = demo.variables(Settings(data_dir=tmp_path, secret=SECRET, port=8000))

    networks = Networks.load(SHIPPED, asn_db=Path(found["ASN_DB"]))
    assert found["TRUSTED_HOPS"] == "1"
    assert networks.facts("192.0.2.17").asn == readers.networks()["192.0.2.0/24"]
    assert networks.facts("203.0.113.8").asn != networks.facts("192.0.2.17").asn
    assert networks.facts("8.8.8.8").asn is None


def test_the_gmail_add_on_believes_the_playground_s_google(tmp_path):
    found = demo.variables(Settings(data_dir=tmp_path, secret=SECRET, port=8000))

    assert found["GOOGLE_CERTS_URL"] == "http://127.0.0.1:8000/playground/google/certs"
    assert found["GMAIL_ADDON_CLIENT_ID"] == google.CLIENT_ID
    assert found["GMAIL_ADDON_SERVICE_ACCOUNT"] == google.SERVICE_ACCOUNT


def test_with_the_relay_gmail_s_mail_passes_it(tmp_path):
    settings = Settings(data_dir=tmp_path, secret=SECRET, port=8000)

    assert "GMAIL_RELAY" not in demo.variables(settings)
    assert demo.variables(settings, has_relay=True)["GMAIL_RELAY"] == "true"


def test_what_the_operator_set_stays(tmp_path):
    settings = Settings(
        data_dir=tmp_path,
        secret=SECRET,
        port=8000,
        trusted_hops=2,
        asn_db=tmp_path / "own.mmdb",
        gmail_addon_client_id="own.apps.googleusercontent.com",
    )

    assert demo.variables(settings) == {}
