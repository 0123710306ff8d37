"""Microsoft's office.js for the playground's Outlook window, fetched once: `make run` does.

    python -m playground.office_js

It is Microsoft's and no part of the product; real Outlook loads it from Microsoft's own host. Where
npm has installed it (`make setup-dev`) that copy is taken. Without the network the window says what
is missing and everything else works.
"""

import base64
import hashlib
import hmac
import json
import sys
import tarfile
import urllib.request
from io import BytesIO
from pathlib import Path

from playground.client import AWAY

ROOT = Path(__file__).resolve().parent.parent
INSTALLED = ROOT / "node_modules/@microsoft/office-js/dist"
FETCHED = ROOT / "build/office-js"
REGISTRY = "https://registry.npmjs.org"
TIMEOUT_S = 30
MAX_BYTES = 40_000_000  # 1.1.110 has 12 MB packed
WITHIN = "package/dist/"


class NotFetched(Exception):
    """Why there is none, in words."""


def library() -> Path:
    """The folder with office.js in it, or where it would be."""
    return INSTALLED if (INSTALLED / "office.js").exists() else FETCHED


def locked(lock: Path = ROOT / "package-lock.json") -> tuple[str, str]:
    """The version that the lock file names, and what its bytes must hash to."""
    found = json.loads(lock.read_text())["packages"]["node_modules/@microsoft/office-js"]
    return found["version"], found["integrity"]


def fetch(registry: str, version: str, integrity: str, into: Path) -> None:
    """Put the library's files into that folder, all or none. Raises NotFetched."""
    url = f"{registry}/@microsoft/office-js/-/office-js-{version}.tgz"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 (https, a constant above)
            packed = answer.read(MAX_BYTES + 1)
    except (*AWAY, ValueError) as error:
        raise NotFetched(f"{registry} does not give it ({type(error).__name__})") from None
    algorithm, _, wanted = integrity.partition("-")
    digest = base64.b64encode(hashlib.new(algorithm, packed).digest()).decode()
    if not hmac.compare_digest(digest, wanted):
        raise NotFetched("what came is not what package-lock.json names")
    _unpack(packed, into)


def _unpack(packed: bytes, into: Path) -> None:
    made = into.with_name(f"{into.name}.new")
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        for member in archive:
            name = member.name.removeprefix(WITHIN)
            parts = Path(name).parts
            if not member.isfile() or name == member.name or ".." in parts or ".debug." in name:
                continue
            path = made.joinpath(*parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            content = archive.extractfile(member)
            path.write_bytes(content.read() if content else b"")
    made.rename(into)


def main() -> int:
    """Fetch it if there is none; 0 in any case, since all else works without it."""
    if (library() / "office.js").exists():
        return 0
    say = sys.stdout.write
    say("Fetching Microsoft's office.js (12 MB) for the playground's Outlook window ...\n")
    sys.stdout.flush()
    try:
        fetch(REGISTRY, *locked(), FETCHED)
    except (NotFetched, OSError) as error:
        say(f"It could not be fetched: {error}. That window waits for the next start.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
