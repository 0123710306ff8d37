"""Where the mail goes on to: its address, and that we only speak to who it says it is."""

import asyncio
import ssl
from contextlib import closing

import pytest
import trustme

from backend.errors import SettingsError, Unavailable
from backend.relay.reply import Reply
from backend.relay.smarthost import Link, Smarthost
from backend.settings import Settings
from tests.relay import hosting
from tests.waiting import LOOPBACK

SLIPPED_IN = b"220 go\r\n250 slipped\r\n"


def settings_of(url: str, **changes) -> Settings:
    return Settings(relay_smarthost=url, relay_ehlo="relay.test", relay_timeout_s=30, **changes)


@pytest.mark.parametrize(
    ("url", "host", "port", "scheme", "user", "password"),
    [
        ("smtp://out.test", "out.test", 587, "smtp", "", ""),
        ("smtps://u%40x:p%3A%2F@out.test", "out.test", 465, "smtps", "u@x", "p:/"),
        ("smtp+plain://10.0.0.1", "10.0.0.1", 25, "smtp+plain", "", ""),
        ("smtp://[::1]:2525", "::1", 2525, "smtp", "", ""),
    ],
)
def test_an_address_says_where_and_how(url, host, port, scheme, user, password):
    found = Smarthost.of(settings_of(url))

    assert (found.host, found.port, found.scheme) == (host, port, scheme)
    assert (found.user, found.password) == (user, password)
    assert not password or password not in repr(found)


@pytest.mark.parametrize(
    ("why", "url"),
    [
        ("not set", ""),
        ("another scheme", "https://out.test"),
        ("no host", "smtp://"),
        ("a path", "smtp://out.test/x"),
        ("no port", "smtp://out.test:x"),
        ("a password without TLS", "smtp+plain://u:p@out.test"),
    ],
)
def test_an_address_that_cannot_work_stops_the_start(why, url):
    with pytest.raises(SettingsError, match="RELAY_SMARTHOST"):
        Smarthost.of(Settings(relay_smarthost=url, playground=False))


def test_an_authority_that_cannot_be_read_stops_the_start(tmp_path):
    with pytest.raises(SettingsError, match="RELAY_SMARTHOST_CA"):
        Smarthost.of(settings_of("smtp://out.test", relay_smarthost_ca=tmp_path / "none"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate authority of the tests' own, and the file that trusts it."""
    made = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    made.cert_pem.write_to_path(str(path))
    return made, path


def tls(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    return context


async def opened(settings: Settings) -> Reply:
    link = await Link.open(Smarthost.of(settings))
    reply = await link.command("NOOP")
    await link.close()
    return reply


def test_with_starttls_we_sign_in_encrypted(authority):
    made, path = authority
    with hosting.smarthost(tls(made, LOOPBACK)) as host:
        url = f"smtp://relay:open%20sesame@{LOOPBACK}:{host.port}"
        settings = settings_of(url, relay_smarthost_ca=path)

        assert asyncio.run(opened(settings)).is_good


@pytest.mark.parametrize(
    ("why", "user", "name", "is_trusted"),
    [
        ("a wrong password", "relay:wrong@", LOOPBACK, True),
        ("a certificate of another host", "", "elsewhere.test", True),
        ("an authority we do not know", "", LOOPBACK, False),
    ],
)
def test_who_is_not_the_smarthost_gets_no_mail(authority, why, user, name, is_trusted):
    made, path = authority
    with hosting.smarthost(tls(made, name)) as host:
        url = f"smtp://{user}{LOOPBACK}:{host.port}"
        settings = settings_of(url, relay_smarthost_ca=path if is_trusted else None)

        with pytest.raises(Unavailable):
            asyncio.run(opened(settings))


def test_a_smarthost_without_starttls_gets_no_mail(authority):
    with hosting.smarthost() as host:
        settings = settings_of(f"smtp://{LOOPBACK}:{host.port}")

        with pytest.raises(Unavailable, match="STARTTLS"):
            asyncio.run(opened(settings))


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("no SMTP", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        ("a line without end", b"220 " + b"x" * 100_000),
        ("an answer without end", b"220-x\r\n" * 1_000),
        ("nothing", b""),
        ("not now", b"421 4.3.2 busy\r\n"),
    ],
)
def test_whatever_answers_instead_is_unavailable(why, said):
    async def meet():
        async def answer(reader, writer):
            with closing(writer):
                writer.write(said)
                await writer.drain()

        async with await asyncio.start_server(answer, LOOPBACK, 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            await Link.open(Smarthost.of(settings_of(f"smtp+plain://{LOOPBACK}:{port}")))

    with pytest.raises(Unavailable):
        asyncio.run(meet())


def test_an_answer_that_was_slipped_in_before_tls_is_not_believed():
    async def meet():
        async def answer(reader, writer):
            with closing(writer):
                for said in (b"220 x\r\n", b"250-x\r\n250 STARTTLS\r\n", SLIPPED_IN):
                    writer.write(said)
                    await reader.readline()

        async with await asyncio.start_server(answer, LOOPBACK, 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            await Link.open(Smarthost.of(settings_of(f"smtp://{LOOPBACK}:{port}")))

    with pytest.raises(Unavailable, match="before TLS"):
        asyncio.run(meet())
