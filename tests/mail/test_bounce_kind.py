"""Hard or soft by codes and words alone."""

import pytest

from backend.mail.bounce_kind import enhanced_code, is_hard


@pytest.mark.parametrize(
    ("status", "diagnostic", "words", "expected"),
    [
        ("5.1.1", "", "", True),
        ("5.1.10", "", "", True),
        ("5.4.4", "", "", True),
        ("5.1.8", "", "", False),  # the sender's address
        ("5.4.6", "", "", False),  # a loop
        ("5.3.4", "", "", False),  # too big
        ("", "smtp; 552 over quota", "", False),
        ("", "550 No such user here", "", True),
        ("", "550 Mailbox unavailable", "mailbox full", True),
        ("", "", "Der Benutzer ist unbekannt", True),
        ("", "", "L'adresse n'existe pas", True),
        ("", "", "", False),
        ("5.1.1", "smtp; 554 blocked for spam", "", True),
        ("5.0.0", "smtp; 550 5.7.1 user unknown", "", True),
        ("4.0.0", "", "user unknown", False),
        ("nonsense", "more of it", "and words", False),
    ],
)
def test_what_there_is_decides(status, diagnostic, words, expected):
    assert is_hard(status, diagnostic, words) is expected


@pytest.mark.parametrize(
    ("status", "diagnostic", "code"),
    [
        ("5.0.0", "550 5.1.1 unknown", "5.1.1"),
        ("5.2.2 (quota)", "", "5.2.2"),
        ("", "550", ""),
        ("192.168.5.1.1.7", "", ""),
    ],
)
def test_the_other_servers_code_is_shown(status, diagnostic, code):
    assert enhanced_code(status, diagnostic) == code
