"""Envelopes for secrets: AES-256-GCM under a named key, bound to the row they belong to.

An envelope is `v1.<key id>.<base64>`. Its row is the associated data, so that one pasted into
another row does not open. Keys come from VAULT_KEYS, or from a file that is read anew when it
changes: a running installation takes a new key without a restart.
"""

import base64
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.errors import SettingsError, Unavailable
from backend.settings import Settings

KEY_BYTES = 32
NONCE_BYTES = 12  # Source: NIST SP 800-38D section 5.2.1.1: 96 bits
MIN_DISTINCT_BYTES = 12  # of 32 random bytes fewer differ once in 10^18 keys
_VERSION = "v1"
_ENTRY = re.compile(r"([a-z0-9]{1,16}):([A-Za-z0-9+/_=-]{40,48})")


class Unopened(Unavailable):
    """A secret that does not open: another key, another row, or altered; it never says which."""

    slug = "secret-unopened"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an envelope belongs: table, row and column."""

    table: str
    row: str
    column: str

    @property
    def bound(self) -> bytes:
        """The associated data; the parts hold no bar."""
        return f"{self.table}|{self.row}|{self.column}".encode()


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys by id; the first one seals."""

    keys: dict[str, bytes]

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return next(iter(self.keys))


class Vault:
    """Seals and opens; `ring` is asked anew each time, so that a new key counts at once."""

    def __init__(self, ring: Callable[[], Ring]) -> None:
        self._ring = ring

    @property
    def ring(self) -> Ring:
        """The keys as of now."""
        return self._ring()

    def seal(self, text: str, place: Place) -> str:
        """The envelope of a secret that belongs to that place."""
        ring, nonce = self._ring(), os.urandom(NONCE_BYTES)
        sealed = AESGCM(ring.keys[ring.current]).encrypt(nonce, text.encode(), place.bound)
        return f"{_VERSION}.{ring.current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, envelope: str, place: Place) -> str:
        """The secret. Raises Unopened, the same for every cause."""
        try:
            version, key_id, text = envelope.split(".")
            blob = base64.b64decode(text, altchars=b"-_", validate=True)
            key = self._ring().keys[key_id if version == _VERSION else ""]
            return AESGCM(key).decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], place.bound).decode()
        except (ValueError, KeyError, InvalidTag):
            raise Unopened("problems.secret_unopened") from None


def key_of(envelope: str) -> str:
    """The id of the key that an envelope is under."""
    return envelope.split(".")[1]


def open_vault(settings: Settings) -> Vault:
    """The vault of an installation; in development the first start makes its key file.

    Raises SettingsError where keys are missing, malformed or samples.
    """
    if settings.vault_keys:
        ring = ring_of(settings.vault_keys, "VAULT_KEYS")
        return Vault(lambda: ring)
    path = key_file(settings)
    if not path.exists():
        if settings.env == "production":
            raise SettingsError(
                f"VAULT_KEYS: not set and {path} does not exist; make that file with"
                " `python -m backend rotate-keys` and keep a copy apart from the database"
            )
        add_key(path)
    watched = KeyFile(path)
    watched()
    return Vault(watched)


def key_file(settings: Settings) -> Path:
    """Where the keys lie if VAULT_KEYS does not hold them."""
    return settings.vault_key_file or settings.data_dir / "vault.keys"


class KeyFile:
    """The ring in a file, read again when the file has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[object, Ring] | None = None

    def __call__(self) -> Ring:
        """The ring as of now. Raises SettingsError."""
        facts = self._path.stat()
        stamp = (facts.st_mtime_ns, facts.st_ino)
        read = self._read
        if read is None or read[0] != stamp:
            read = self._read = stamp, ring_of(self._path.read_text(), str(self._path))
        return read[1]


def add_key(path: Path) -> str:
    """Put a new key first in the file, which appears whole or not at all; returns its id."""
    key_id = secrets.token_hex(4)
    line = f"{key_id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n"
    old = path.read_text() if path.exists() else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{key_id}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(line + old)
        file.flush()
        os.fsync(file.fileno())
    if old:
        fresh.replace(path)
        return key_id
    try:
        os.link(fresh, path)  # of two first starts at once one wins
    except FileExistsError:
        return ring_of(path.read_text(), str(path)).current
    finally:
        fresh.unlink()
    return key_id


def ring_of(text: str, name: str) -> Ring:
    """The keys written as `id:base64`, one a line or separated by commas. Raises SettingsError."""
    entries = [part.strip() for part in text.replace(",", "\n").splitlines() if part.strip()]
    keys: dict[str, bytes] = {}
    for entry in entries:
        found = _ENTRY.fullmatch(entry)
        key = _decoded(found[2]) if found else b""
        if found is None or len(key) != KEY_BYTES or found[1] in keys:
            raise SettingsError(f"{name}: each key is `id:base64 of {KEY_BYTES} bytes`, ids differ")
        if len(set(key)) < MIN_DISTINCT_BYTES or key.isascii():
            raise SettingsError(f"{name}: the key {found[1]} is a sample or typed, not random")
        keys[found[1]] = key
    if not keys:
        raise SettingsError(f"{name}: holds no key")
    return Ring(keys)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        return b""
