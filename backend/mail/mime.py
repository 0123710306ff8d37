"""The HTML body of a whole mail, found in its bytes, read, and put back changed.

Only the bytes of that one part ever change, in its own charset and transfer encoding. A mail whose
structure, charset or encoding leaves room for doubt is not touched, and the reason says why.
"""

import codecs
import re
from dataclasses import dataclass

from backend.mail import transfer
from backend.mail.body_kind import Unstampable, unstampable_reason
from backend.mail.mime_headers import Headers
from backend.mail.mime_tree import Node, read_tree

MAX_HTML_BYTES = 5_000_000

# Where any of these is, the mail is a whole that an edit would break or show wrongly.
_WHOLE = frozenset(
    {
        Unstampable.SMIME,
        Unstampable.PGP,
        Unstampable.SIGNED,
        Unstampable.ENCRYPTED,
        Unstampable.REPORT,
    }
)
_LABEL = re.compile(r"[A-Za-z0-9._:-]{1,40}")
# Python's names of charsets whose bytes come back as they were; no codec that is none.
_CHARSETS = frozenset(
    re.findall(
        r"\S+",
        """ascii utf-8 utf-16 utf-16-le utf-16-be koi8-r koi8-u gb2312 gbk gb18030 hz big5 big5hkscs
        shift_jis cp932 euc_jp iso2022_jp euc_kr cp949 iso2022_kr tis-620 mac-roman mac-cyrillic
        cp437 cp850 cp852 cp866 cp874""",
    )
    + [f"iso8859-{number}" for number in range(1, 17)]
    + [f"cp{number}" for number in range(1250, 1259)]
)


@dataclass(frozen=True, slots=True)
class MimeMail:
    """A mail with an HTML body: `html` is its text, `headers` those of the whole mail."""

    raw: bytes
    headers: Headers
    html: str
    _start: int
    _end: int
    _encoding: str
    _charset: str

    def with_html(self, html: str) -> bytes | None:
        """The mail with another HTML body; None if its charset or encoding does not hold that."""
        if html == self.html:
            return self.raw
        before = self.raw[self._start : self._end]
        try:
            data = html.encode(self._charset)
        except UnicodeError:
            return None
        newline = b"\r\n" if b"\r\n" in self.raw else b"\n"
        body = transfer.encoded(data, self._encoding, before, newline)
        return None if body is None else self.raw[: self._start] + body + self.raw[self._end :]


def read_mail(raw: bytes) -> MimeMail | Unstampable:
    """The mail with its HTML body, or why there is none to stamp; never raises."""
    tree = read_tree(raw)
    if tree is None:
        return Unstampable.UNREADABLE
    whole = _kept_whole(raw, tree)
    if whole:
        return whole
    part = _body(tree)
    if part is None:
        return _without_html(tree)
    return _read_part(raw, tree, part)


def _kept_whole(raw: bytes, tree: Node) -> Unstampable | None:
    for node in tree.walk():
        kind = unstampable_reason(node.content.value, "")
        if kind in _WHOLE:
            return kind
        if kind is Unstampable.CALENDAR and not node.is_attachment:
            return kind
        if node.content.value == "text/plain" and _has_pgp_block(raw, node):
            return Unstampable.PGP
    return None


def _has_pgp_block(raw: bytes, node: Node) -> bool:
    at = raw.find(b"-----BEGIN PGP ", node.start, node.end)
    if at < 0 or node.is_attachment:
        return False
    text = raw[at : node.end].decode("latin-1")
    return unstampable_reason("text/plain", text) is Unstampable.PGP


def _body(node: Node) -> Node | None:
    """The HTML part that a mail program shows, as RFC 2046 and 2387 have it choose."""
    kind = node.content.value
    if not kind.startswith("multipart/"):
        return node if kind == "text/html" and not node.is_attachment else None
    children = node.children
    if kind == "multipart/alternative":
        children = children[::-1]
    elif kind == "multipart/related":
        children = _root_of(node)
    return next((body for child in children if (body := _body(child))), None)


def _root_of(related: Node) -> tuple[Node, ...]:
    """The part that shows the others; none in a mail that ends before its first part."""
    start = related.content.parameter("start").encode("latin-1")
    named = (
        (child,)
        for child in related.children
        if start and child.headers.first("content-id").strip() == start
    )
    return next(named, related.children[:1])


def _without_html(tree: Node) -> Unstampable:
    if not tree.children:
        found = unstampable_reason(tree.content.value, "")
        return found or Unstampable.NOT_HTML
    has_text = any(node.content.value == "text/plain" for node in tree.walk())
    return Unstampable.TEXT_ONLY if has_text else Unstampable.NOT_HTML


def _read_part(raw: bytes, tree: Node, part: Node) -> MimeMail | Unstampable:
    encoding = _encoding_of(part.headers)
    if encoding is None or part.content.parameters is None:
        return Unstampable.UNREADABLE
    if part.end - part.start > 2 * MAX_HTML_BYTES:
        return Unstampable.TOO_LARGE
    data = transfer.decoded(raw[part.start : part.end], encoding)
    if data is None:
        return Unstampable.UNREADABLE
    if len(data) > MAX_HTML_BYTES:
        return Unstampable.TOO_LARGE
    charset = _charset_of(part.content.parameter("charset"), data)
    text = _text(data, charset) if charset else None
    if charset is None or text is None:
        return Unstampable.CHARSET
    return unstampable_reason("text/html", text) or MimeMail(
        raw, tree.headers, text, part.start, part.end, encoding, charset
    )


def _encoding_of(headers: Headers) -> str | None:
    values = headers.all("content-transfer-encoding")
    if not values:
        return "7bit"
    # With anything behind the word some programs decode and others do not.
    word = values[0].strip().decode("latin-1").lower()
    return word if word in transfer.KNOWN else None


def _charset_of(label: str, data: bytes) -> str | None:
    """The codec of a charset, None for one we do not know; without a label ASCII or UTF-8."""
    if not label:
        return "ascii" if data.isascii() else "utf-8"
    try:
        name = codecs.lookup(label).name if _LABEL.fullmatch(label) else ""
    except (LookupError, ValueError):
        return None
    return name if name in _CHARSETS else None


def _text(data: bytes, charset: str) -> str | None:
    """The text, if encoding it again gives the same bytes; no NUL, which is no text."""
    try:
        text = data.decode(charset)
        return text if text.encode(charset) == data and "\0" not in text else None
    except UnicodeError:
        return None
