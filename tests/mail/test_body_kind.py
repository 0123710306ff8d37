"""Bodies that must not be touched."""

import pytest

from backend.mail.body_kind import Unstampable, unstampable_reason


@pytest.mark.req("R5", "R8")
@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        ("text/html", "<p>Hi</p>", None),
        ("", "<p>Hi</p>", None),
        ("Text/HTML; charset=utf-8", "", None),
        ("multipart/alternative; boundary=x", "", None),
        ("text/plain", "Hi", Unstampable.TEXT_ONLY),
        ("text/plain; format=flowed", "Hi", Unstampable.TEXT_ONLY),
        ("text/enriched", "Hi", Unstampable.TEXT_ONLY),
        ("application/pkcs7-mime; smime-type=enveloped-data", "", Unstampable.SMIME),
        ("application/x-pkcs7-mime", "", Unstampable.SMIME),
        ('multipart/signed; protocol="application/pgp-signature"', "", Unstampable.SIGNED),
        ("multipart/encrypted", "", Unstampable.PGP),
        ("application/pgp-encrypted", "", Unstampable.PGP),
        ("text/plain", "-----BEGIN PGP MESSAGE-----", Unstampable.PGP),
        ("text/html", "<pre>-----BEGIN PGP SIGNED MESSAGE-----", Unstampable.PGP),
        ("text/html", "<p>&#45;----BEGIN PGP MESSAGE-----", Unstampable.PGP),
        ("text/html", "<pre>-----BEGIN PGP PUBLIC KEY BLOCK-----", None),
        ("text/html", "<p>BEGIN PGP MESSAGE, &#45; he said", None),
        ("text/calendar; method=REQUEST", "BEGIN:VCALENDAR", Unstampable.CALENDAR),
        ("text/x-amp-html", "", Unstampable.AMP),
        ("text/html", "<!doctype html><html \u26a14email>", Unstampable.AMP),
        ("text/html", "<html lang=en amp4email>", Unstampable.AMP),
        ("message/rfc822", "", Unstampable.RFC822),
        ("image/png", "", Unstampable.NOT_HTML),
        ("application/xhtml+xml", "", Unstampable.NOT_HTML),
    ],
)
def test_a_body_is_stampable_or_says_why_not(content_type, body, reason):
    assert unstampable_reason(content_type, body) == reason
