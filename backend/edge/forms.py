"""What a POST to an unsubscribe page asks for.

A button of our page, or a mail program's one-click request, which RFC 8058 section 3.2 (January
2017) lets come as a urlencoded form or as multipart/form-data.
"""

import re
from urllib.parse import parse_qs

from backend.edge.pages import ACTIONS

_PART = re.compile(
    rb'content-disposition:\s*form-data;\s*name="?([^";\r\n]+)"?[^\r\n]*\r\n'
    rb"(?:[^\r\n]+\r\n)*\r\n([^\r\n]*)",
    re.IGNORECASE,
)


def action_of(content_type: str, body: bytes) -> str | None:
    """What is asked for: "unsubscribe" or "stop", or None if the form asks for neither."""
    is_multipart = content_type.lower().startswith("multipart/")  # RFC 9110 section 8.3.1
    fields = _multipart(body) if is_multipart else _urlencoded(body)
    if fields.get("list-unsubscribe", "").lower() == "one-click":
        return "unsubscribe"
    action = fields.get("action", "")
    return action if action in ACTIONS else None


def _urlencoded(body: bytes) -> dict[str, str]:
    pairs = parse_qs(body.decode("latin-1"), max_num_fields=None)
    return {name.lower(): values[0].strip() for name, values in pairs.items()}


def _multipart(body: bytes) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1").strip()
        for name, value in _PART.findall(body)
    }
