"""What the edge sends back: a status, headers and a body, made once where they never change."""

import re
from base64 import b64decode
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote

from backend.tracking.facts import Kind

Headers = list[tuple[str, str]]

GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
# Outlook's append of a signature takes only PNG and JPEG from the web.
PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)
NO_STORE = "private, no-store, no-cache, max-age=0, must-revalidate"
GET_METHODS = "GET, HEAD, OPTIONS"
FORM_METHODS = "GET, HEAD, POST, OPTIONS"
_NEXT, _LAST = b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"
_CARRIED = re.compile(r"[\x21-\x7e]*")


@dataclass(frozen=True, slots=True)
class Answer:
    """One response; `headers` is shared and never changed after it was made."""

    status: int
    headers: Headers
    body: bytes = b""
    _start: bytes = field(init=False, repr=False, compare=False)
    # The date of the last answer that did not end its connection, and its bytes.
    _last: tuple[bytes, bytes] = field(default=(b"", b""), init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.status != 204 and not any(name == "content-length" for name, _ in self.headers):
            lines.append(f"content-length: {len(self.body)}")
        object.__setattr__(self, "_start", "\r\n".join([*lines, "date: "]).encode())

    def wire(self, date: bytes, *, is_head: bool = False, is_last: bool = False) -> bytes:
        """Its bytes, as answered at that date; `is_last` tells that the connection ends."""
        if is_head or is_last:
            end = _LAST if is_last else _NEXT
            return self._start + date + (end if is_head else end + self.body)
        if self._last[0] != date:
            whole = self._start + date + _NEXT + self.body
            object.__setattr__(self, "_last", (date, whole))
        return self._last[1]


def _pixel(content_type: str, body: bytes) -> Answer:
    headers = [
        ("content-type", content_type),
        ("content-length", str(len(body))),
        ("cache-control", NO_STORE),
    ]
    return Answer(200, headers, body)


GIF_ANSWER = _pixel("image/gif", GIF)
PNG_ANSWER = _pixel("image/png", PNG)


def pixel(extension: str) -> Answer:
    """The PNG for ".png" in any case, and the GIF for everything else."""
    if extension == ".gif":  # nearly always
        return GIF_ANSWER
    return PNG_ANSWER if extension[:4].lower() == ".png" else GIF_ANSWER


def redirect(url: str) -> Answer:
    """A 302 to exactly this target, which no cache keeps and which tells no referrer."""
    headers = [
        ("location", location(url)),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex"),
        ("content-length", "0"),
    ]
    return Answer(302, headers)


def location(url: str) -> str:
    """The target byte for byte, but for what a header cannot carry, which is percent-encoded.

    That is blanks, control characters and everything outside ASCII (as UTF-8).
    """
    if _CARRIED.fullmatch(url):
        return url
    return quote(url, safe="".join(map(chr, range(0x21, 0x7F))), errors="replace")


def allowed(methods: str, status: int) -> Answer:
    """204 or 405 with the methods that this address takes."""
    headers = [("allow", methods), ("content-length", "0"), ("cache-control", "no-store")]
    return Answer(status, headers[:1] + headers[2:] if status == 204 else headers)


def bare(status: int) -> Answer:
    """That status and no words: for what is no proper request."""
    return Answer(status, [("cache-control", "no-store")])


_OPTIONS = {kind: allowed(GET_METHODS, 204) for kind in Kind}
_OPTIONS[Kind.UNSUBSCRIBE] = allowed(FORM_METHODS, 204)
_REFUSED = {kind: allowed(GET_METHODS, 405) for kind in Kind}
_REFUSED[Kind.UNSUBSCRIBE] = allowed(FORM_METHODS, 405)


def other_method(method: str, kind: Kind) -> Answer:
    """The answer to a method that is neither GET nor HEAD (nor POST on an unsubscribe page)."""
    return (_OPTIONS if method == "OPTIONS" else _REFUSED)[kind]
