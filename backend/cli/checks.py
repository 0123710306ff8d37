"""What doctor looks at: one function per part, each with a sentence on what to do."""

import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import peewee
import psycopg

from backend import clock, db
from backend.cli import backup
from backend.cli.commands import advice
from backend.errors import SettingsError, TelltaleError
from backend.insights import backups
from backend.insights.backups import Standing, State
from backend.models.org import User
from backend.models.schema import pending
from backend.privacy import erasing
from backend.settings import Settings
from backend.tracking.linkbook import LinkReader
from backend.tracking.networks import open_database

TIMEOUT_S = 2
ERASED_WITHIN = timedelta(days=1)  # hours more than the largest took
LEAST_FREE_BYTES = 500 * 1024 * 1024


class Verdict(StrEnum):
    """Well, worth knowing, or to be mended."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


_OF_BACKUPS = {
    State.WELL: Verdict.GOOD,
    State.OLD: Verdict.BAD,
    State.MISSING: Verdict.BAD,
    State.NOT_NEEDED: Verdict.NOTE,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part."""

    verdict: Verdict
    subject: str
    text: str


def all_of(settings: Settings) -> list[Finding]:
    """Every finding, in the order of a request's way through the parts."""
    return [found for check in CHECKS for found in check(settings)]


def _settings(settings: Settings) -> Iterator[Finding]:
    yield Finding(Verdict.GOOD, "settings", f"{settings.env}; data in {settings.data_dir}")
    is_plain = settings.tracking_url.startswith("http://")
    if settings.env == "production" and is_plain:
        text = "TRACKING_URL is plain http: mail clients will warn; put TLS in front and use https"
        yield Finding(Verdict.BAD, "tracking host", text)
    if settings.env == "production" and settings.playground:
        text = "PLAYGROUND is on in production: switch it off"
        yield Finding(Verdict.BAD, "playground", text)


def _disk(settings: Settings) -> Iterator[Finding]:
    if not settings.data_dir.is_dir():
        yield Finding(Verdict.NOTE, "data folder", "not made yet: `make run` makes it")
        return
    free = shutil.disk_usage(settings.data_dir).free
    is_low = free < LEAST_FREE_BYTES
    text = f"{free // 1024**2:,} MiB free" + ("; make room: hits will not be stored" * is_low)
    yield Finding(Verdict.BAD if is_low else Verdict.GOOD, "disk", text)


def _database(settings: Settings) -> Iterator[Finding]:
    kind = "PostgreSQL" if settings.database_url else "SQLite"
    try:
        db.open_store(settings)
        with db.connection():
            missing = pending()
            users = 0 if missing else User.select().count()
            aside = [] if missing else db.rows("SELECT reason FROM set_aside_hit LIMIT 100")
            late = [] if missing else erasing.not_finished(clock.now() - ERASED_WITHIN)
            saved = None if missing else backups.standing(settings.backup_within_days)
    except (peewee.PeeweeException, psycopg.Error, TelltaleError) as error:
        text = f"{kind} does not answer ({type(error).__name__}): {advice(settings)}"
        yield Finding(Verdict.BAD, "database", text)
        return
    if missing:
        text = f"{kind}, but {len(missing)} migrations are missing: run `python -m backend migrate`"
        yield Finding(Verdict.BAD, "database", text)
    elif aside:
        text = f"{kind}; {len(aside)} hits could not be taken in: see the table set_aside_hit"
        yield Finding(Verdict.BAD, "database", text)
    elif not users:
        text = f"{kind}, no users yet: `python -m backend add-user EMAIL`"
        yield Finding(Verdict.NOTE, "database", text)
    else:
        yield Finding(Verdict.GOOD, "database", f"{kind}, up to date, {users} users")
    yield from _seen_to(late, saved, settings.backup_within_days)


def _seen_to(late: list[str], saved: Standing | None, within_days: int) -> Iterator[Finding]:
    """What is to be done by a time: erasures that are late, and backups."""
    if late:
        text = f"not over after a day: {', '.join(late)}; does the worker run? Its log says why"
        yield Finding(Verdict.BAD, "erasures", text)
    if saved:
        yield Finding(_OF_BACKUPS[saved.state], "backup", backup.told_of(saved, within_days))


def _redis(settings: Settings) -> Iterator[Finding]:
    import redis  # here: it takes longer to load than most commands to run

    for name, url in (("queue", settings.redis_url), ("hit log", settings.hit_log_url)):
        if not url:
            yield Finding(Verdict.GOOD, name, "embedded (a SQLite file)")
            continue
        try:
            client = redis.Redis.from_url(
                url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=None
            )
            client.ping()
        except redis.RedisError as error:
            text = f"Redis does not answer ({type(error).__name__}): check the address and server"
            yield Finding(Verdict.BAD, name, text)
        else:
            yield Finding(Verdict.GOOD, name, "Redis answers")


def _servers(settings: Settings) -> Iterator[Finding]:
    yield _server("app", f"http://{settings.host}:{settings.port}/readyz")
    yield _server("edge", f"http://{settings.host}:{settings.edge_port}/healthz")


def _server(name: str, url: str) -> Finding:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S):  # noqa: S310 - our own http address
            return Finding(Verdict.GOOD, name, f"answers at {url}")
    except urllib.error.HTTPError as error:
        return Finding(Verdict.BAD, name, f"{url} answers {error.code}: see its log")
    except OSError:
        return Finding(Verdict.NOTE, name, f"not running here ({url}): `make run` starts it")


def _links(settings: Settings) -> Iterator[Finding]:
    if not settings.links_db.exists():
        yield Finding(Verdict.NOTE, "links", "the edge has no links yet: the drain brings them")
        return
    reader = LinkReader(settings.links_db)
    try:
        reader.get("")
    except TelltaleError as error:
        yield Finding(Verdict.BAD, "links", error.detail)
    else:
        yield Finding(Verdict.GOOD, "links", "the edge's own copy can be read")
    finally:
        reader.close()


def _networks(settings: Settings) -> Iterator[Finding]:
    found = sorted(path.stem for path in settings.networks_dir.glob("*.txt"))
    if found:
        yield Finding(Verdict.GOOD, "network lists", f"refreshed: {', '.join(found)}")
    else:
        text = "only the shipped ones: `python -m backend refresh-networks` fetches more"
        yield Finding(Verdict.NOTE, "network lists", text)
    for name, path in (("COUNTRY_DB", settings.country_db), ("ASN_DB", settings.asn_db)):
        if path is None:
            yield Finding(Verdict.NOTE, name, "not set: hits carry no such fact")
            continue
        try:
            open_database(name, path)
        except SettingsError as error:
            yield Finding(Verdict.BAD, name, error.detail.partition(": ")[2])
        else:
            yield Finding(Verdict.GOOD, name, str(path))


def _relay(settings: Settings) -> Iterator[Finding]:
    """Only where a relay has been set up, or runs."""
    url = f"http://{settings.host}:{settings.relay_health_port}/healthz"
    found = _server("relay", url)
    is_wanted = "relay_port" in settings.model_fields_set
    if found.verdict is not Verdict.NOTE or is_wanted:
        yield found
    if is_wanted:
        yield from _relay_itself(settings)


def _relay_itself(settings: Settings) -> Iterator[Finding]:
    """Its settings. Imported here: no other command needs what the relay is made of."""
    from backend.relay.peers import Peers
    from backend.relay.server import tls_of
    from backend.relay.smarthost import Smarthost

    try:
        peers, smarthost = Peers.of(settings), Smarthost.of(settings)
        tls = tls_of(settings)
    except SettingsError as error:
        yield Finding(Verdict.BAD, "relay", error.detail)
        return
    yield _reached("smarthost", smarthost.host, smarthost.port)
    if any(network.prefixlen == 0 for network in peers.networks):
        text = "RELAY_NETWORKS lets everybody in: name the networks of your mail provider"
        yield Finding(Verdict.BAD, "relay", text)
    elif not peers.domains and any(not network.is_private for network in peers.networks):
        text = "RELAY_DOMAINS is not set: peers in public networks may send for any domain"
        yield Finding(Verdict.BAD, "relay", text)
    if tls is None and settings.relay_host not in {"127.0.0.1", "::1"}:
        text = "no RELAY_TLS_CERT: mail comes in unencrypted, and nobody can sign in"
        yield Finding(Verdict.BAD, "relay", text)


def _reached(name: str, host: str, port: int) -> Finding:
    try:
        with socket.create_connection((host, port), TIMEOUT_S):
            return Finding(Verdict.GOOD, name, f"{host}:{port} can be reached")
    except OSError as error:
        text = f"{host}:{port} cannot be reached ({error.strerror or type(error).__name__})"
        return Finding(Verdict.BAD, name, text)


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    _settings,
    _disk,
    _database,
    _redis,
    _servers,
    _links,
    _networks,
    _relay,
)
