"""The one settings object: environment variables, checked once, with one clear line per fault."""

import os
import re
import secrets
from functools import cached_property
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from backend import settings_addresses as addresses
from backend.errors import SettingsError
from backend.settings_entra import EntraSettings
from backend.settings_google import GoogleSettings
from backend.settings_mail import MailSettings
from backend.settings_providers import ProviderSettings
from backend.settings_relay import RelaySettings

MINIMUM_SECRET = 32
LAST_PORT = 65535
# Source: https://github.com/EratoLab/erato/pull/776 (2026); Microsoft publishes no list of the
# hosts that Outlook on the web frames add-ins from (office-js-docs-pr issue 4911).
OUTLOOK_HOSTS = (
    "https://outlook.office.com",
    "https://outlook.office365.com",
    "https://outlook.live.com",
    "https://outlook.cloud.microsoft",
)
SAMPLE_SECRETS = frozenset({"change-me", "changeme", "secret", "x" * 32})


# It stands in a header: an origin with nothing behind it, `*.` for all hosts below a name.
_ORIGIN = re.compile(r"https://(\*\.)?[A-Za-z0-9.-]+(:[0-9]{1,5})?")


class Settings(RelaySettings, EntraSettings, GoogleSettings, MailSettings, ProviderSettings):
    """What an installation can set; each field is read from the variable of its own name.

    An empty variable counts as not set.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, extra="ignore")

    env: Literal["development", "production"] = "development"
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65534)
    edge_port: int = Field(0, ge=0, le=65535, validate_default=True)
    public_url: str = ""
    tracking_url: str = ""
    old_tracking_hosts: str = ""
    outlook_hosts: str = " ".join(OUTLOOK_HOSTS)
    data_dir: Path = Path("data")
    database_url: str = ""
    redis_url: str = ""
    hit_log_url: str = ""
    secret: str = ""
    vault_keys: str = ""
    vault_key_file: Path | None = None
    # One night's backup may fail and be made up for; two in a row are a fault.
    backup_within_days: int = Field(2, ge=0, le=366)
    trusted_hops: int = Field(0, ge=0, le=10)
    playground: bool | None = None
    smtp_port: int = Field(0, ge=0, le=65535)
    country_db: Path | None = None
    asn_db: Path | None = None
    flask_debug: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("public_url", "tracking_url")
    @classmethod
    def _whole_origin(cls, value: str) -> str:
        return addresses.whole_origin(value)

    @field_validator("old_tracking_hosts")
    @classmethod
    def _hosts(cls, value: str) -> str:
        return addresses.hosts(value)

    @field_validator("outlook_hosts")
    @classmethod
    def _origins(cls, value: str) -> str:
        origins = value.replace(",", " ").split()
        if not all(_ORIGIN.fullmatch(origin) for origin in origins):
            raise ValueError(
                "must be origins such as https://mail.example.com, with spaces between"
            )
        return " ".join(origins)

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, value: str) -> str:
        if value and not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("must start with postgresql:// (leave it unset for SQLite)")
        return value

    @field_validator("redis_url", "hit_log_url")
    @classmethod
    def _redis(cls, value: str) -> str:
        return addresses.redis(value)

    @model_validator(mode="after")
    def _fill(self) -> Self:
        edge_port = self.edge_port or self.port + 1
        smtp_port = self.smtp_port or _beside(self.port, 25)
        playground = self.env == "development" if self.playground is None else self.playground
        mail_host = f"smtp+plain://127.0.0.1:{smtp_port}"
        filled = {
            "edge_port": edge_port,
            "smtp_port": smtp_port,
            "relay_port": self.relay_port or _beside(self.port, 26),
            "relay_health_port": self.relay_health_port or _beside(self.port, 27),
            "relay_smarthost": self.relay_smarthost or mail_host * playground,
            "playground": playground,
            "public_url": self.public_url or addresses.loopback(self.host, self.port),
            "tracking_url": self.tracking_url or addresses.loopback(self.host, edge_port),
        }
        for name, value in filled.items():
            object.__setattr__(self, name, value)
        if self.port == self.edge_port:
            raise ValueError("EDGE_PORT must differ from PORT: the edge is a process of its own")
        if self.flask_debug and self.env == "production":
            raise ValueError("FLASK_DEBUG: must not be set in production; unset it")
        return self

    @property
    def is_public(self) -> bool:
        """Whether a provider could call us; they take https alone."""
        return self.public_url.startswith("https://")

    def make_data_dir(self) -> None:
        """Make the data folder where there is none. Raises SettingsError."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            told = f"{self.data_dir} is no folder and cannot be made one ({error.strerror})"
            raise SettingsError(f"DATA_DIR: {told}") from None

    @property
    def hits_db(self) -> Path:
        """The edge's hit log."""
        return self.data_dir / "hits.db"

    @property
    def links_db(self) -> Path:
        """The edge's own copy of the link table."""
        return self.data_dir / "links.db"

    @property
    def drain_socket(self) -> Path:
        """Unix socket on which the drain answers for links the edge does not know yet."""
        return self.data_dir / "drain.sock"

    @property
    def clock_file(self) -> Path:
        """How far a development installation's clock runs ahead (backend.dial)."""
        return self.data_dir / "clock"

    @property
    def main_db(self) -> Path:
        """The main database where DATABASE_URL is not set."""
        return self.data_dir / "telltale.db"

    @property
    def networks_dir(self) -> Path:
        """Where refreshed network lists lie; they win over the ones we ship."""
        return self.data_dir / "networks"

    @cached_property
    def tracking_hosts(self) -> frozenset[str]:
        """Host[:port] of today's tracking address and of every old one, lower-case.

        Without the port that every reader's program would take anyway.
        """
        old = self.old_tracking_hosts.split(",")
        now = urlsplit(self.tracking_url.lower())
        usual = ":443" if now.scheme == "https" else ":80"
        hosts = (host.removesuffix(":443") for host in old)
        return frozenset({now.netloc.removesuffix(usual), *filter(None, hosts)})

    @property
    def local_hosts(self) -> frozenset[str]:
        """Our own host where mail is written for trying: its links are wrapped, private or not."""
        return frozenset({urlsplit(self.public_url).netloc} if self.playground else ())


def load() -> Settings:
    """Read the settings from the environment, the master secret from its file if need be.

    In development the first start makes the secret file. Raises SettingsError, one line a fault.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_lines(error))) from None
    settings = settings.model_copy(update={"secret": settings.secret or _secret_of(settings)})
    if len(settings.secret) < MINIMUM_SECRET or settings.secret.lower() in SAMPLE_SECRETS:
        raise SettingsError(
            f"SECRET: must be at least {MINIMUM_SECRET} random characters; make one with"
            " `python -c 'import secrets; print(secrets.token_urlsafe(48))'`"
        )
    return settings


def _secret_of(settings: Settings) -> str:
    path = settings.data_dir / "secret.key"
    if path.exists():
        return path.read_text().strip()
    if settings.env == "production":
        raise SettingsError(
            f"SECRET: not set and {path} does not exist; set it to at least"
            f" {MINIMUM_SECRET} random characters and keep a copy: old links need it for ever"
        )
    settings.make_data_dir()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process of the same start was first
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
    return path.read_text().strip()


def _lines(error: ValidationError) -> list[str]:
    lines = []
    for fault in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in fault["loc"]).upper()
        message = str(fault["msg"]).removeprefix("Value error, ")
        lines.append(f"{name}: {message}" if name else message)
    return lines


def _beside(port: int, steps: int) -> int:
    """The port that many above, or below where there is none."""
    return port + steps if port + steps <= LAST_PORT else port - steps
