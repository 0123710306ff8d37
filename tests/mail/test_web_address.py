"""Addresses are understood as browsers do, or not at all."""

import pytest

from backend.mail.web_address import Fault, WebAddress, ascii_host


@pytest.mark.parametrize(
    ("why", "url", "site"),
    [
        ("the host in lower case", "HTTPS://Shop.Example/A", "shop.example"),
        ("a port of its own", "http://shop.example:8080/", "shop.example:8080"),
        ("the scheme's own port", "https://shop.example:443/", "shop.example"),
        ("the other scheme's port", "http://shop.example:443/", "shop.example:443"),
        ("an empty port", "http://shop.example:/", "shop.example"),
        ("no path", "https://shop.example?x", "shop.example"),
        ("IDN", "https://b\u00fccher.example/", "xn--bcher-kva.example"),
        ("IDN already encoded", "https://XN--bcher-kva.example/", "xn--bcher-kva.example"),
        ("wide letters", "https://\uff53hop.example/", "shop.example"),
        ("IPv6", "http://[2001:DB8::1]:81/", "[2001:db8::1]:81"),
        ("an at sign in the path", "https://shop.example/@me", "shop.example"),
        ("an underscore", "https://a_b.example/", "a_b.example"),
    ],
)
def test_the_site_of_an_address(why, url, site):
    address = WebAddress.parse(url)

    assert isinstance(address, WebAddress), why
    assert address.site == site, why


@pytest.mark.parametrize(
    ("why", "url", "fault"),
    [
        ("mail", "mailto:a@b.example", Fault.NOT_HTTP),
        ("relative", "page.html", Fault.NOT_HTTP),
        ("no scheme", "//shop.example/", Fault.NOT_HTTP),
        ("a scheme that begins alike", "httpsx://shop.example/", Fault.NOT_HTTP),
        ("nothing", "", Fault.NOT_HTTP),
        ("no host", "http://", Fault.EMPTY_HOST),
        ("no host but a query", "http://?x", Fault.EMPTY_HOST),
        ("no host but a port", "http://:80/", Fault.EMPTY_HOST),
        ("three slashes", "https:///x", Fault.EMPTY_HOST),
        ("one slash", "https:/shop.example", Fault.MALFORMED),
        ("no slash", "https:shop.example", Fault.MALFORMED),
        ("backslashes", "https:\\\\shop.example", Fault.MALFORMED),
        ("a backslash before an at", "https://ok.example\\@evil.example/", Fault.MALFORMED),
        ("a password", "https://a:b@shop.example/", Fault.USERINFO),
        ("a user", "https://shop.example@evil.example/", Fault.USERINFO),
        ("a space in the host", "https://shop .example/", Fault.MALFORMED),
        ("an escape in the host", "https://sho%70.example/", Fault.MALFORMED),
        ("a control character in the path", "https://shop.example/\x00", Fault.MALFORMED),
        ("half a surrogate pair", "https://shop.example/\ud800", Fault.MALFORMED),
        ("a port that is no number", "https://shop.example:x/", Fault.MALFORMED),
        ("a wrong IPv4 address", "http://1.2.3.256/", Fault.MALFORMED),
        ("five numbers", "http://1.2.3.4.5/", Fault.MALFORMED),
        ("a wrong octal number", "http://09.1.1.1/", Fault.MALFORMED),
        ("an open bracket", "http://[::1/", Fault.MALFORMED),
        ("a wrong IPv6 address", "http://[::x]/", Fault.MALFORMED),
        ("an empty label", "http://a..example/", Fault.MALFORMED),
        ("a host that is no IDN", "http://\u2028.example/", Fault.MALFORMED),
    ],
)
def test_what_two_readers_might_read_differently_is_a_fault(why, url, fault):
    assert WebAddress.parse(url) is fault, why


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "app.localhost",
        "printer.local",
        "x.internal",
        "router.home.arpa",
        "intranet",
        "fileserver.corp",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "0x7f000001",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.1.1",
        "100.64.0.1",
        "0.0.0.0",
        "[::1]",
        "[fe80::1]",
        "[fc00::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
    ],
)
def test_hosts_of_this_computer_and_of_local_networks_are_private(host):
    address = WebAddress.parse(f"http://{host}/")

    assert isinstance(address, WebAddress)
    assert address.is_private


@pytest.mark.parametrize(
    "host", ["shop.example", "8.8.8.8", "134744072", "[2606:4700::1111]", "local.example", "a.test"]
)
def test_other_hosts_are_public(host):
    address = WebAddress.parse(f"http://{host}/")

    assert isinstance(address, WebAddress)
    assert not address.is_private


def test_a_host_in_ascii():
    assert ascii_host("M\u00dcnchen.example") == "xn--mnchen-3ya.example"
    assert ascii_host("a b") is None
