"""What `serve --demo` adds so that the readers' networks are recognised."""

from pathlib import Path

from backend.access import connections
from backend.access.connections import Clients
from backend.access.safe import Safe
from backend.demo import ADMIN, seed
from backend.models.org import User
from backend.providers.vault import open_vault
from backend.settings import Settings
from backend.tracking.lists import SHIPPED
from backend.tracking.networks import Networks
from playground import demo, google, readers
from playground.google_grants import GoogleGrants
from tests.world import SECRET

WHERE = {"secret": SECRET, "port": 8000}


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


def test_nothing_of_google_s_is_called_but_the_playground_s(tmp_path):
    settings = Settings(data_dir=tmp_path, secret=SECRET, port=8000)

    there = Settings(**{k.lower(): v for k, v in demo.variables(settings).items()}, **WHERE)

    left = {
        name: text
        for name in Settings.model_fields
        if name.startswith("google_")
        and not (text := getattr(there, name)).startswith("http://127.0.0.1:8000/playground/google")
    }
    assert left == {}


def test_an_address_of_google_s_that_is_set_stays(tmp_path):
    elsewhere = "http://127.0.0.1:9/people"
    settings = Settings(data_dir=tmp_path, google_people_endpoint=elsewhere, **WHERE)

    found = demo.variables(settings)

    assert "GOOGLE_PEOPLE_ENDPOINT" not in found
    assert "GOOGLE_GMAIL_ENDPOINT" in found


def test_its_google_is_connected_once_for_the_organisation_and_is_no_way_to_sign_in(
    tmp_path, world
):
    settings = Settings(data_dir=tmp_path, secret=SECRET, port=8000)
    there = Settings(google_issuer=f"{settings.public_url}{google.API}", **WHERE, data_dir=tmp_path)
    seed()

    assert [demo.connect(settings), demo.connect(there), demo.connect(there)] == [
        False,
        True,
        False,
    ]

    admin = User.get(User.email == ADMIN)
    kept = Clients(there, Safe(open_vault(there))).of(connections.ready(admin.org_id, "google"))
    assert kept.secret == GoogleGrants.of(there).client_secret
    assert connections.for_signing_in() == []


def test_a_command_beside_the_demo_has_what_the_demo_set(tmp_path, monkeypatch):
    settings = Settings(data_dir=tmp_path, secret=SECRET, port=8000)
    assert demo.kept(settings) == {}
    found = demo.variables(settings)

    demo.keep(settings, found)

    assert demo.kept(settings) == found
    monkeypatch.setenv("TRUSTED_HOPS", "3")
    assert "TRUSTED_HOPS" not in demo.kept(settings)


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
        google_issuer="https://accounts.google.com",
    )

    assert demo.variables(settings) == {}
