"""A relay of the world's installation with a smarthost behind it."""

import smtplib
import ssl
from collections.abc import Callable, Iterator

import pytest
import trustme

from backend import db
from backend.relay.peers import add_user
from backend.settings import Settings
from tests.relay import hosting
from tests.waiting import LOOPBACK
from tests.world import SECRET, World


@pytest.fixture(scope="module")
def settings(database_url, tmp_path_factory):
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        database_url=database_url,
        secret=SECRET,
        playground=False,
        port=8000,
        relay_ehlo="relay.test",
        relay_timeout_s=30,  # a smarthost of a busy machine is no silent one
    )


@pytest.fixture
def smarthost() -> Iterator[hosting.Host]:
    """The smarthost, from the start of a test to its end."""
    with hosting.smarthost() as host:
        yield host


@pytest.fixture
def onward(settings: Settings, smarthost: hosting.Host) -> Settings:
    """Settings of a relay that hands on to the smarthost."""
    url = f"smtp+plain://{LOOPBACK}:{smarthost.port}"
    return settings.model_copy(update={"relay_smarthost": url})


@pytest.fixture
def relay(onward: Settings, world: World, store: db.Store) -> Iterator[Settings]:
    """The relay with its port, while alice tracks opens and links unless she says otherwise."""
    world.alice.preferences = {"opens": True, "links": True}
    world.alice.save()
    with hosting.relay(onward) as running:
        yield running


@pytest.fixture
def send(relay: Settings) -> Callable[..., dict[str, tuple[int, bytes]]]:
    """Send a mail through the relay as alice; the recipients refused. Raises smtplib's errors."""

    def sent(raw: bytes, *to: str, mail_from: str = "alice@ours.test", options=()) -> dict:
        with smtplib.SMTP(LOOPBACK, relay.relay_port, timeout=30) as client:
            return client.sendmail(mail_from, to or ("carol@northwind.test",), raw, options)

    return sent


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Files of our certificate and key, and a context that trusts it."""
    authority, folder = trustme.CA(), tmp_path_factory.mktemp("tls")
    issued = authority.issue_cert(LOOPBACK)
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    for blob in issued.cert_chain_pems:
        blob.write_to_path(str(folder / "cert.pem"), append=True)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return folder / "cert.pem", folder / "key.pem", context


@pytest.fixture
def guarded(onward, world, certificate, tmp_path):
    """A relay that trusts no network: (settings, a user's password, the client's TLS)."""
    cert, key, context = certificate
    password = add_user(tmp_path / "users", "crm")
    changes = {
        "relay_networks": "",
        "relay_users": tmp_path / "users",
        "relay_tls_cert": cert,
        "relay_tls_key": key,
        "relay_domains": "ours.test",
    }
    with hosting.relay(onward.model_copy(update=changes)) as running:
        yield running, password, context
