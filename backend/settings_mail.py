"""How letters of our own go out: a part of the one settings object (see docs/admin.md)."""

from pydantic import field_validator
from pydantic_settings import BaseSettings

from backend import settings_addresses as addresses


class MailSettings(BaseSettings):
    """Each field is read from the variable of its own name, as all settings are."""

    mail_url: str = ""
    mail_from: str = "telltale@localhost"

    @field_validator("mail_url")
    @classmethod
    def _smtp(cls, value: str) -> str:
        return addresses.smtp(value)

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        return addresses.sender(value)
