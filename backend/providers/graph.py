"""Calls to Microsoft Graph: one session, one mailbox, and what each refusal means.

Each request asks for immutable ids, which survive moves between folders. Requests go one after the
other (Exchange takes four at a time from an app); a batch runs up to twenty behind one call, and
each of its items is answered, refused or throttled by itself.

Source: learn.microsoft.com/graph: errors, throttling, json-batching, outlook-immutable-id (2026).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from backend.providers import counting
from backend.providers.calls import session
from backend.providers.mail import (
    NeedsAdmin,
    NeedsReauth,
    PlaceLost,
    ProviderError,
    TryLater,
    Unreadable,
)

TIMEOUT_S = 30
MAX_BYTES = 100_000_000  # of one answer: twenty mails without what is attached to them
AT_ONCE = 20  # requests in a batch
IMMUTABLE = 'IdType="ImmutableId"'
_LOST = frozenset({"syncstatenotfound", "resyncrequired", "syncstateinvalid"})
# A mailbox that Exchange Online does not have (it is on premises, inactive, or without a licence).
_NO_MAILBOX = frozenset({"mailboxnotenabledforrestapi", "mailboxnothostedinexchangeonline"})
_BUSY = frozenset({"toomanyrequests", "applicationthrottled", "errorserverbusy"})


class Gone(Unreadable):
    """There is no such thing (any more)."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, below the API's version.

    `page` is how many items are preferred, `limit` how many bytes of the answer are read.
    """

    path: str
    page: int = 0
    method: str = "GET"
    limit: int = MAX_BYTES

    @property
    def prefer(self) -> str:
        """The header Prefer."""
        return f"{IMMUTABLE}, odata.maxpagesize={self.page}" if self.page else IMMUTABLE


@dataclass(frozen=True, slots=True)
class Graph:
    """Graph for one mailbox.

    `token` gives an access token, a new one if told that the last was refused; `who` is "me" or,
    for an app's own access, "users/<address>".
    """

    url: str
    token: Callable[[bool], str] = field(repr=False)
    authority: Path | None = None
    who: str = "me"
    http: Any = field(default=None, repr=False)

    @classmethod
    def opened(
        cls,
        url: str,
        token: Callable[[bool], str],
        authority: Path | None = None,
        who: str = "me",
    ) -> "Graph":
        """With a connection of its own, which `close` lets go."""
        return cls(f"{url}/v1.0", token, authority, who, session(authority))

    def close(self) -> None:
        """Let the connection go."""
        self.http.close()

    def path(self, below: str) -> str:
        """The path of something of the mailbox's."""
        return f"/{self.who}/{below}" if below else f"/{self.who}"

    def get(self, path: str, page: int = 0) -> dict[str, Any]:
        """A JSON object; `page` items are preferred. Raises ProviderError, Gone."""
        return _object(self._call(Ask(path, page)))

    def send(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The JSON object that answers a POST or PATCH. Raises as `get`."""
        return _object(self._call(Ask(path, method=method), orjson.dumps(body)))

    def delete(self, path: str) -> None:
        """Take it away. Raises as `get`."""
        self._call(Ask(path, method="DELETE"))

    def act(self, path: str, body: dict[str, Any]) -> None:
        """Have something done that Graph answers with nothing. Raises as `get`."""
        self._call(Ask(path, method="POST"), orjson.dumps(body))

    def raw(self, path: str, limit: int) -> bytes:
        """The first bytes of something that is no JSON. Raises as `get`."""
        return self._call(Ask(path, limit=limit))

    def batch(self, asks: Sequence[Ask]) -> list[dict[str, Any] | ProviderError]:
        """What each request got, in their order. Raises ProviderError if the batch itself failed.

        At most AT_ONCE. An item that Microsoft left out of its answer is to be tried later.
        """
        requests = [
            {"id": str(n), "method": "GET", "url": each.path, "headers": {"Prefer": each.prefer}}
            for n, each in enumerate(asks)
        ]
        counting.add(len(asks) - 1)  # each counts at Graph, the batch itself does not
        body = orjson.dumps({"requests": requests})
        found = {
            str(each.get("id")): each
            for each in _object(self._call(Ask("/$batch", method="POST"), body)).get(
                "responses", []
            )
        }
        return [_item(found.get(str(n))) for n in range(len(asks))]

    def each(self, paths: Mapping[str, str]) -> dict[str, dict[str, Any] | None]:
        """By their keys what lies at these paths; None for what is gone. Raises ProviderError."""
        keys, told = [*paths], dict[str, dict[str, Any] | None]()
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            answers = self.batch([Ask(paths[key]) for key in some])
            for key, found in zip(some, answers, strict=True):
                if isinstance(found, ProviderError) and not isinstance(found, Gone):
                    raise found
                told[key] = None if isinstance(found, ProviderError) else found
        return told

    def below(self, link: object) -> str:
        """The path behind a link of Graph's own. Raises TryLater for one that leads elsewhere."""
        text = str(link)
        if not text.startswith(f"{self.url}/"):
            raise TryLater("foreign_link")
        return text.removeprefix(self.url)

    def _call(self, ask: Ask, body: bytes = b"") -> bytes:
        """The bytes that answer it."""
        for is_anew in (False, True):
            status, found, headers = self._ask(ask, body, is_anew=is_anew)
            if status != 401 or is_anew:
                break
        if status >= 400:
            raise meaning(status, _code(found), headers)
        return found

    def _ask(self, ask: Ask, body: bytes, *, is_anew: bool) -> tuple[int, bytes, Mapping[str, str]]:
        import requests

        counting.add()
        headers = {"Authorization": f"Bearer {self.token(is_anew)}", "Prefer": ask.prefer}
        if body:
            headers["Content-Type"] = "application/json"
        try:
            with self.http.request(
                ask.method,
                f"{self.url}{ask.path}",
                data=body or None,
                headers=headers,
                timeout=TIMEOUT_S,
                allow_redirects=False,
                stream=True,
            ) as answer:
                return answer.status_code, _read(answer, ask.limit), answer.headers
        except (requests.RequestException, OSError) as error:
            raise TryLater(type(error).__name__) from None


def meaning(status: int, code: str, headers: Mapping[str, str]) -> ProviderError:
    """What a refusal means, by status and Microsoft's own word."""
    word = code.lower()
    if status == 410 or word in _LOST:
        return PlaceLost(code or str(status))
    if status == 429 or status >= 500 or word in _BUSY:
        return TryLater(code or str(status), _retry_after(headers))
    if status == 401:
        return NeedsReauth(code or "unauthorized")
    if status == 403 or word in _NO_MAILBOX:
        return NeedsAdmin(code or "forbidden")
    if status == 404:
        return Gone(code)
    return Unreadable(code or str(status))


def _item(found: dict[str, Any] | None) -> dict[str, Any] | ProviderError:
    if found is None:
        return TryLater("left_out")
    status = int(found.get("status", 500))
    body = found.get("body")
    if status >= 400:
        return meaning(status, _word(body), found.get("headers") or {})
    return body if isinstance(body, dict) else TryLater("no_object")


def _read(answer: Any, limit: int) -> bytes:
    parts, size = [], 0
    for part in answer.iter_content(64 * 1024):
        parts.append(part)
        size += len(part)
        if size >= limit:
            break
    return b"".join(parts)[:limit]


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:  # an answer that was cut
        raise TryLater("no_json") from None
    if not isinstance(found, dict):
        raise TryLater("no_object")
    return found


def _code(body: bytes) -> str:
    try:
        return _word(orjson.loads(body))
    except orjson.JSONDecodeError:
        return ""


def _word(found: Any) -> str:
    """Microsoft's own word, as in `{"error": {"code": "ErrorItemNotFound"}}`; no free text."""
    error = found.get("error") if isinstance(found, dict) else None
    code = str(error.get("code", "")) if isinstance(error, dict) else ""
    return code[:60] if code.replace(".", "").replace("_", "").isalnum() else ""


def _retry_after(headers: Mapping[str, str]) -> float | None:
    named = {name.lower(): str(value) for name, value in headers.items()}
    text = named.get("retry-after", "")
    return float(text) if text.isdecimal() else None
