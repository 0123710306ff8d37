"""What the outbound relay can be told: a part of the one settings object (see docs/relay.md)."""

import socket
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings


class RelaySettings(BaseSettings):
    """Each field is read from the variable of its own name, as all settings are.

    A port of 0 stands for the one beside PORT, no smarthost for the playground's mail host.
    """

    relay_host: str = "127.0.0.1"
    relay_port: int = Field(0, ge=0, le=65535)
    relay_health_port: int = Field(0, ge=0, le=65535)
    relay_smarthost: str = ""
    relay_smarthost_ca: Path | None = None
    relay_networks: str = "127.0.0.0/8, ::1"
    relay_domains: str = ""
    relay_users: Path | None = None
    relay_tls_cert: Path | None = None
    relay_tls_key: Path | None = None
    relay_ehlo: str = Field(default_factory=socket.gethostname)
    relay_max_bytes: int = Field(50_000_000, ge=100_000)
    relay_timeout_s: int = Field(60, ge=1, le=600)
