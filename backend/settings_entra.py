"""The app at Entra that Outlook's panel signs in by: a part of the one settings object.

See docs/outlook.md. Without a client id there is none, and the panel connects by its code.
"""

import re
from typing import Self

from pydantic import field_validator, model_validator
from pydantic_settings import BaseSettings

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class EntraSettings(BaseSettings):
    """Each field is read from the variable of its own name, as all settings are."""

    entra_client_id: str = ""
    entra_tenants: str = ""

    @field_validator("entra_client_id", "entra_tenants")
    @classmethod
    def _ids(cls, value: str) -> str:
        found = value.lower().replace(",", " ").split()
        if not all(_ID.fullmatch(each) for each in found):
            raise ValueError("must be ids such as 11111111-2222-3333-4444-555555555555")
        return " ".join(found)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if " " in self.entra_client_id:
            raise ValueError("ENTRA_CLIENT_ID: must be one id")
        if self.entra_client_id and not self.entra_tenants:
            raise ValueError("ENTRA_TENANTS: must name the tenants whose users may come")
        return self
