"""Which bodies must not be stamped, because it would show, break a signature, or be in vain."""

import html
import re
from enum import StrEnum


class Unstampable(StrEnum):
    """Why a body stays as it is."""

    TEXT_ONLY = "text_only"
    SMIME = "smime"
    PGP = "pgp"
    CALENDAR = "calendar"
    AMP = "amp"
    SIGNED = "signed"
    RFC822 = "rfc822"
    NOT_HTML = "not_html"
    ENCRYPTED = "encrypted"
    REPORT = "report"
    UNREADABLE = "unreadable"
    CHARSET = "charset"
    TOO_LARGE = "too_large"
    DKIM_SIGNED = "dkim_signed"


# Source: RFC 8551 section 3.2 (S/MIME), RFC 3156 (PGP/MIME), RFC 1847 (signed), RFC 5545
# (calendar), RFC 2046 section 5.2 (message), RFC 6522 (report), https://amp.dev/documentation/
# (x-amp-html), [MS-OXORMMS] section 2.1.2 (rights-managed mail).
_BY_TYPE = {
    "application/pkcs7-mime": Unstampable.SMIME,
    "application/x-pkcs7-mime": Unstampable.SMIME,
    "application/pkcs7-signature": Unstampable.SMIME,
    "application/x-pkcs7-signature": Unstampable.SMIME,
    "application/pgp-encrypted": Unstampable.PGP,
    "application/pgp-signature": Unstampable.PGP,
    "application/pgp": Unstampable.PGP,
    "multipart/encrypted": Unstampable.PGP,
    "multipart/signed": Unstampable.SIGNED,
    "multipart/report": Unstampable.REPORT,
    "application/x-microsoft-rpmsg-message": Unstampable.ENCRYPTED,
    "text/calendar": Unstampable.CALENDAR,
    "application/ics": Unstampable.CALENDAR,
    "text/x-amp-html": Unstampable.AMP,
    "message/rfc822": Unstampable.RFC822,
    "message/global": Unstampable.RFC822,
}
# A public key in a signature is not such a block: nothing is signed or encrypted by it.
_PGP_BLOCK = re.compile(r"-----BEGIN PGP (?:SIGNED )?MESSAGE(?:, PART [0-9/]+)?-----")
_AMP_PAGE = re.compile(r"<html\s[^>]{0,200}(?:⚡|\bamp)4email\b", re.IGNORECASE)


def unstampable_reason(content_type: str, body: str) -> Unstampable | None:
    """Why a body of that MIME type (parameters allowed, empty for HTML) is left; None if it is not.

    A multipart body may be stamped in its HTML part, which is then to be asked about by itself.
    """
    kind = content_type.partition(";")[0].strip().lower() or "text/html"
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    if kind.startswith("text/") and _has_pgp_block(body):
        return Unstampable.PGP
    if kind == "text/html":
        return Unstampable.AMP if _AMP_PAGE.search(body) else None
    if kind.startswith("multipart/"):
        return None
    return Unstampable.TEXT_ONLY if kind.startswith("text/") else Unstampable.NOT_HTML


def _has_pgp_block(body: str) -> bool:
    around = body.find("BEGIN PGP")
    if around < 0:
        return False
    if _PGP_BLOCK.search(body):
        return True
    # Some editors write the dashes as references; only then is a part of the text decoded.
    part = body[max(0, around - 100) : around + 200]
    return "&#" in body and _PGP_BLOCK.search(html.unescape(part)) is not None
