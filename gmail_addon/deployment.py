"""What Google is told about the add-on: the template rendered for an installation."""

from pathlib import Path
from typing import Any

import orjson

from backend.errors import SettingsError
from backend.settings import Settings

TEMPLATE = Path(__file__).parent / "deployment.json"
PUBLIC_URL = "{public_url}"
SENDING = "https://www.googleapis.com/auth/gmail.compose"


def text(settings: Settings) -> str:
    """The deployment as it is pasted at Google. Raises SettingsError."""
    return orjson.dumps(rendered(settings), option=orjson.OPT_INDENT_2).decode()


def rendered(settings: Settings) -> dict[str, Any]:
    """The same as values. Raises SettingsError where Google would refuse it.

    The permission to send is asked for only where "Send tracked" is switched on.
    """
    if not settings.is_public:
        raise SettingsError("PUBLIC_URL: must be an https address; Google calls no other.")
    address = orjson.dumps(settings.public_url).decode()[1:-1]
    found: dict[str, Any] = orjson.loads(TEMPLATE.read_text().replace(PUBLIC_URL, address))
    if settings.gmail_send_tracked:
        found["oauthScopes"].append(SENDING)
    return found
