"""Content-Transfer-Encodings: from the bytes of a part to those of its text, and back in the same.

Source: RFC 2045 section 6 (November 1996).
"""

import binascii
import re

AS_IS = frozenset({"7bit", "8bit", "binary"})
KNOWN = AS_IS | {"base64", "quoted-printable"}

# Source: RFC 5322 section 2.1.1: 998 characters before CRLF; RFC 2045 section 6.7: 76 in base64.
LONGEST_LINE = 998
BASE64_LINE = 76

_WHITE_SPACE = re.compile(rb"[ \t\r\n]+")
_ENDING = re.compile(rb"(?:\r?\n)*\Z")


def decoded(body: bytes, encoding: str) -> bytes | None:
    """What the part's bytes stand for; None if they are not clearly in that encoding."""
    if encoding == "base64":
        try:
            return binascii.a2b_base64(_WHITE_SPACE.sub(b"", body), strict_mode=True)
        except binascii.Error:
            return None
    return binascii.a2b_qp(body) if encoding == "quoted-printable" else body


def encoded(data: bytes, encoding: str, before: bytes, newline: bytes) -> bytes | None:
    """`data` in that encoding, in the place of the part's old body `before`.

    None if the encoding does not hold it: 8-bit characters in 7bit, a line that is too long.
    """
    if encoding == "base64":
        ending = _ENDING.search(before)
        return _base64(data, newline) + (ending[0] if ending else b"")
    if encoding == "quoted-printable":
        return _quoted_printable(data, newline)
    if encoding == "7bit" and not data.isascii() and before.isascii():
        return None
    return data if _longest(data) <= max(LONGEST_LINE, _longest(before)) else None


def _base64(data: bytes, newline: bytes) -> bytes:
    text = binascii.b2a_base64(data, newline=False)
    return newline.join(text[at : at + BASE64_LINE] for at in range(0, len(text), BASE64_LINE))


def _quoted_printable(data: bytes, newline: bytes) -> bytes:
    """Line by line, so that a line end which was written as =0A stays one."""
    soft = b"=" + newline
    return newline.join(
        binascii.b2a_qp(line, istext=False).replace(b"=\n", soft) for line in data.split(newline)
    )


def _longest(data: bytes) -> int:
    return max(len(line.rstrip(b"\r")) for line in data.split(b"\n"))
