"""One-time passwords, held against the RFC's own numbers."""

import base64
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from backend.access import totp

# Source: RFC 6238, appendix B (SHA-1), shortened to six digits.
SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = (
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
)


def at(second):
    return datetime.fromtimestamp(second, UTC)


@pytest.mark.parametrize(("second", "code"), VECTORS)
def test_the_codes_are_those_of_the_rfc(second, code):
    assert totp.code_at(SECRET, totp.step_of(at(second))) == code


@pytest.mark.parametrize(
    ("why", "code", "second", "after", "passes"),
    [
        ("the present one", "287082", 59, 0, True),
        ("written in two groups", " 287 082 ", 59, 0, True),
        ("one step late", "287082", 89, 0, True),
        ("one step early", "287082", 29, -1, True),
        ("two steps late", "287082", 119, 0, False),
        ("used already", "287082", 59, 1, False),
        ("another", "287083", 59, 0, False),
        ("nothing", "", 59, 0, False),
        ("no digits", "äöü", 59, 0, False),
    ],
)
def test_a_code_passes_near_its_time_and_once(why, code, second, after, passes):
    assert (totp.matching_step(SECRET, code, at(second), after) is not None) == passes, why


def test_a_session_is_offered_the_same_secret_again_and_another_one_another():
    assert totp.secret_of("key", "a") == totp.secret_of("key", "a")
    assert len({totp.secret_of("key", str(n)) for n in range(1000)}) == 1000
    assert len(base64.b32decode(totp.secret_of("key", "a"))) == 20


def test_the_qr_code_is_a_drawing_without_script_or_style():
    svg = ElementTree.fromstring(totp.qr_svg(totp.uri(SECRET, "ann+x@ours.test")))

    assert {node.tag for node in svg.iter()} <= {"svg", "g", "path"}
    assert not any("style" in node.attrib for node in svg.iter())


def test_the_address_for_apps_names_issuer_and_user():
    assert totp.uri("ABC", "ann+x@ours.test") == (
        "otpauth://totp/Telltale%3Aann%2Bx%40ours.test?secret=ABC&issuer=Telltale"
    )
