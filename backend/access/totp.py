"""Time-based one-time passwords.

Source: RFC 6238 (May 2011) with its defaults, which every authenticator app speaks: SHA-1, six
digits, 30 seconds; one step of drift to both sides (section 5.2).
"""

import base64
import hmac
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

import segno

STEP_S = 30
DIGITS = 6
SECRET_BYTES = 20  # Source: RFC 4226 section 4, requirement R6
DRIFT = (0, -1, 1)
ISSUER = "Telltale"


def secret_of(key: str, session_id: str) -> str:
    """The secret that a session is offered, as the base32 text that apps take.

    The same each time the page is shown, so that showing it writes nothing.
    """
    digest = hmac.digest(key.encode(), f"totp|{session_id}".encode(), "sha256")
    return base64.b32encode(digest[:SECRET_BYTES]).decode()


def step_of(at: datetime) -> int:
    """The number of the 30 seconds that a moment lies in."""
    return int(at.timestamp()) // STEP_S


def code_at(secret: str, step: int) -> str:
    """The six digits of that step."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(number & 0x7FFFFFFF) % 10**DIGITS:0{DIGITS}d}"


def matching_step(secret: str, code: str, at: datetime, after: int) -> int | None:
    """The step whose code this is, later than `after` (the last one used), or None."""
    given = "".join(code.split()).encode()
    steps = (step_of(at) + drift for drift in DRIFT)
    late_enough = [step for step in steps if step > after]
    found = [s for s in late_enough if hmac.compare_digest(code_at(secret, s).encode(), given)]
    return next(iter(found), None)


def uri(secret: str, email: str) -> str:
    """The address that an authenticator app reads from the QR code."""
    facts = urlencode({"secret": secret, "issuer": ISSUER}, quote_via=quote)
    return f"otpauth://totp/{quote(f'{ISSUER}:{email}')}?{facts}"


def qr_svg(text: str) -> str:
    """The QR code as an SVG element, dark on light in every theme."""
    drawn: str = segno.make(text, error="m").svg_inline(
        scale=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )
    return drawn
