"""A provider's public signing keys: fetched when needed, kept as long as the provider says."""

import logging
import re
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.error import URLError
from urllib.request import Request, urlopen

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from backend import clock
from backend.errors import Unavailable

FETCH_S = 5.0
MAX_BYTES = 256 * 1024
# Whoever sends made-up key ids must not make us ask again for each of them.
REFETCH_PAUSE_S = 10.0
# A provider announces a new key days before it signs with it, so old ones stay right for a while.
STALE_S = 24 * 3600.0
USUAL_AGE_S = 3600.0

log = logging.getLogger(__name__)
_MAX_AGE = re.compile(r"\bmax-age=(\d{1,9})\b")


@dataclass(slots=True)
class SigningKeys:
    """The keys at one address (a JWKS); safe to be asked by many threads.

    For an id that is unknown while the keys are fresh the provider is asked once in `unknown_s`.
    """

    url: str
    monotonic: Callable[[], float] = clock.monotonic
    unknown_s: float = REFETCH_PAUSE_S
    authority: Path | None = None
    _keys: dict[str, RSAKey] = field(default_factory=dict)
    _fresh_until: float = 0.0
    _stale_until: float = 0.0
    _asked_at: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def key(self, key_id: str) -> RSAKey | None:
        """The key of that id, None if there is none; an unknown one is asked for once more.

        Raises Unavailable while the provider cannot be reached and nothing usable is kept.
        """
        now = self.monotonic()
        known = self._keys.get(key_id)
        if known is None or now >= self._fresh_until:
            # While one asks the provider, who has a key that was right a moment ago does not wait.
            if self._lock.acquire(blocking=known is None):
                try:
                    self._refresh_if_due(key_id, now)
                finally:
                    self._lock.release()
            known = self._keys.get(key_id)
        if now >= self._stale_until:
            raise Unavailable("problems.provider_keys")
        return known

    def _refresh_if_due(self, key_id: str, now: float) -> None:
        is_fresh = now < self._fresh_until
        is_needed = not is_fresh or key_id not in self._keys
        pause_s = self.unknown_s if is_fresh else REFETCH_PAUSE_S
        if is_needed and now - self._asked_at >= pause_s:
            self._refresh(now)

    def _refresh(self, now: float) -> None:
        self._asked_at = now
        try:
            body, age_s = _fetch(self.url, self.authority)
            keys = _read(body)
        except (OSError, URLError, ValueError, JoseError) as error:
            log.warning("signing keys not fetched", extra={"kind": type(error).__name__})
            return
        self._keys, self._fresh_until = keys, now + age_s
        self._stale_until = self._fresh_until + STALE_S


def _fetch(url: str, authority: Path | None) -> tuple[bytes, float]:
    """The body and how long it may be kept, in seconds."""
    asked = Request(url, headers={"Accept": "application/json"})  # noqa: S310 (checked by settings)
    context = ssl.create_default_context(cafile=authority) if url.startswith("https://") else None
    with urlopen(asked, timeout=FETCH_S, context=context) as answer:  # noqa: S310 (the same)
        body = answer.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise ValueError("longer than any set of keys")
        found = _MAX_AGE.search(answer.headers.get("Cache-Control", ""))
        return body, float(found[1]) if found else USUAL_AGE_S


def _read(body: bytes) -> dict[str, RSAKey]:
    """The RSA keys of a JWKS by id. Raises ValueError or JoseError when it is none."""
    found = orjson.loads(body)
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise ValueError("not a set of keys")
    keys = KeySet.import_key_set(cast("Any", found)).keys
    named = {key.kid: key for key in keys if isinstance(key, RSAKey) and key.kid}
    if not named:
        raise ValueError("no RSA keys in it")
    return named
