"""The bounces that flufl.bounce's authors collected, with labels of our own.

`make` fetches the source distribution into build/bounces; nothing of it is in the repository.
"""

import tomllib
from pathlib import Path

from tests.processes import ROOT

FOLDER = ROOT / "build" / "bounces"
LABELS = ROOT / "tests" / "data" / "bounces.toml"
SOFT = frozenset({"soft", "full_or_refused"})


def labelled(half: str) -> list[tuple[str, str]]:
    """(name of the mail, label) of one half: "rules" or "set_aside"."""
    labels = tomllib.loads(LABELS.read_text())[half]
    return [(name, label) for label, names in labels.items() for name in names]


def mail(name: str) -> bytes:
    """One mail's bytes. Raises LookupError with what to do where they were not fetched."""
    found = sorted(FOLDER.glob(f"*/tests/data/{name}.txt"))
    if not found:
        raise LookupError("flufl.bounce's test mails are missing: run `make setup-dev`")
    return Path(found[0]).read_bytes()
