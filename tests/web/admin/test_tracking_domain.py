"""Which addresses an organisation's mail may point to, in production and on one's own machine."""

import pytest

from backend.web.admin import tracking_domain


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture(params=["development", "production"])
def env(request, app):
    """An app context of that kind of installation."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = before.model_copy(update={"env": request.param})
    with app.app_context():
        yield request.param
    app.config["SETTINGS"] = before


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("  ", ""),
        ("links.example.com", "https://links.example.com"),
        ("https://Links.Example.com/", "https://links.example.com"),
        ("https://Links.Example.com:443", "https://links.example.com"),
        (f"https://{'a' * 63}.example.com", f"https://{'a' * 63}.example.com"),
    ],
)
def test_an_address_is_kept_in_one_way(env, given, kept):
    assert tracking_domain.address(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "http://links.example.com", "https://10.0.0.1", "https://[fe80::1]", "https://localhost",
        "https://links.example.com/x", "https://links.example.com?x", "https://a@links.example.com",
        "ftp://links.example.com", "https://", "https://links.exämple.com", "https://x.test:99999",
        "https://a..b.com", f"https://{'a' * 64}.com", "https://-a.example.com", "https://a_b.test",
        "https://.example.com", "https://example.com.", "https://0x7f.1", "https://a b.test",
        f"https://{'a.' * 130}com", "https://a\tb.test",
    ],
)  # fmt: skip
def test_what_mail_cannot_point_to_is_refused(env, given):
    with pytest.raises(ValueError, match=r"."):
        tracking_domain.address(given)


@pytest.mark.parametrize("given", ["http://127.0.0.1:8001", "https://links.example.com:8443"])
def test_on_ones_own_machine_a_trial_may_have_more(env, given):
    if env == "production":
        with pytest.raises(ValueError, match=r"."):
            tracking_domain.address(given)
    else:
        assert tracking_domain.address(given) == given


def test_what_is_expected_is_of_the_address_as_it_is_kept(env):
    found = tracking_domain.expected("Links.Example.com:443")

    assert (found.host, found.port) == ("links.example.com", "443")
