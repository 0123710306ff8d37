"""A domain and its subdomains, and what only ends alike."""

import pytest

from backend.mail.domains import is_under


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("x.test", True),
        ("a.b.x.test", True),
        ("www.x.test.", True),
        ("notx.test", False),
        ("x.test.other", False),
        ("test", False),
        ("", False),
    ],
)
def test_subdomains_belong_to_their_domain(domain, expected):
    assert is_under(domain, {"x.test"}) is expected
    assert not is_under(domain, frozenset())
