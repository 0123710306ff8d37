"""Where Microsoft's services are, and whose certificates count: a part of the settings object.

See docs/operations.md. Production takes the providers' own alone (backend.providers.endpoints).
"""

import ssl
from pathlib import Path

from pydantic import field_validator
from pydantic_settings import BaseSettings

from backend.settings_addresses import encrypted


class ProviderSettings(BaseSettings):
    """Each field is read from the variable of its own name, as all settings are."""

    microsoft_authority: str = "https://login.microsoftonline.com"
    graph_url: str = "https://graph.microsoft.com"
    provider_ca: Path | None = None

    @field_validator("microsoft_authority", "graph_url")
    @classmethod
    def _authority(cls, value: str) -> str:
        return encrypted(value)

    @field_validator("provider_ca")
    @classmethod
    def _certificates(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=value)
            except OSError:
                raise ValueError("must name a PEM file with certificates") from None
        return value
