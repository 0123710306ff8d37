"""Runs the relay: the listener, and beside it the port that says how it is."""

import asyncio
import logging
import signal
import ssl
from wsgiref.simple_server import WSGIServer

from prometheus_client import start_http_server

from backend import db
from backend.errors import SettingsError
from backend.relay.door import House
from backend.relay.peers import Peers
from backend.relay.post import PostOffice
from backend.relay.smarthost import Smarthost
from backend.settings import Settings

STATEMENT_S = 5.0  # the peer waits, and the mail can go on without us
END_S = 20


def run(settings: Settings) -> int:
    """Relay mail until SIGTERM or SIGINT; returns the exit code. Raises SettingsError."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd writes addresses there
    db.open_store(settings, STATEMENT_S)
    asyncio.run(_serve(settings))
    return 0


def house_of(settings: Settings) -> House:
    """What the sessions share. Raises SettingsError where a setting cannot work."""
    return House(
        peers=Peers.of(settings),
        smarthost=Smarthost.of(settings),
        office=PostOffice(settings),
        name=settings.relay_ehlo,
        max_bytes=settings.relay_max_bytes,
        tls=tls_of(settings),
    )


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """Our certificate, None without one. Raises SettingsError where it cannot be used."""
    if settings.relay_tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.relay_tls_cert, settings.relay_tls_key)
    except (OSError, ssl.SSLError):
        raise SettingsError(
            "RELAY_TLS_CERT, RELAY_TLS_KEY: cannot be read as a certificate and its key (PEM)"
        ) from None
    return context


async def listen(settings: Settings, house: House) -> asyncio.Server:
    """Start taking mail in the running event loop. Raises SettingsError if the port is taken."""
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(house.door, settings.relay_host, settings.relay_port)
    except OSError as error:
        where = f"RELAY_PORT: {settings.relay_host}:{settings.relay_port}"
        raise SettingsError(_taken(where, error)) from None


def _taken(where: str, error: OSError) -> str:
    why = error.strerror
    return f"{where} cannot be used ({why}); stop what listens there, or set another port"


def _tell_health(settings: Settings) -> WSGIServer:
    try:
        return start_http_server(settings.relay_health_port, settings.host)[0]
    except OSError as error:
        where = f"RELAY_HEALTH_PORT: {settings.host}:{settings.relay_health_port}"
        raise SettingsError(_taken(where, error)) from None


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):  # before anybody can tell that it is there
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    house = house_of(settings)
    server = await listen(settings, house)
    health = _tell_health(settings)
    await stop.wait()
    server.close()
    if house.work:  # mails on their way
        await asyncio.wait(house.work, timeout=END_S)
    health.shutdown()
    house.office.close()
