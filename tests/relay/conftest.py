"""A relay of the world's installation with a smarthost behind it."""

import smtplib
from collections.abc import Callable, Iterator

import pytest

from backend import db
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
        relay_timeout_s=2,
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
