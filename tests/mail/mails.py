"""The golden set of whole mails, with what becomes of each."""

import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "data" / "mime"
OUTCOMES = tomllib.loads((FOLDER / "mails.toml").read_text())
READABLE = sorted(name for name, reason in OUTCOMES.items() if not reason)
LEFT = sorted(name for name, reason in OUTCOMES.items() if reason)


def whole_mail(name: str) -> bytes:
    """A mail of the set as it goes over the wire."""
    return (FOLDER / f"{name}.eml").read_bytes().replace(b"\n", b"\r\n")
