"""What a user agent proves about the device, and the plain names of its program.

First match wins; what is not proven stays "".
"""

import re

_DEVICES = (
    # Android without "Mobile" is a tablet only where a browser speaks: apps leave the word out.
    # Source: https://developers.google.com/search/blog/2011/03/mo-better-to-also-detect-mobile-user
    ("tablet", re.compile(r"iPad|\.ipad|\bTablet;|Android(?=[^)]*\).*Chrome/)(?!.*Mobile)")),
    ("phone", re.compile(r"iPhone|\.iphone|iPod|Windows Phone|Android.*Mobile|; wv\)")),
    # Safari on an iPad calls itself a Macintosh since iPadOS 13, so this proves neither.
    # Source: https://pixelthing.medium.com/safari-on-ipados13-a-web-devs-guide-c31b34236e61 (2019)
    ("", re.compile(r"Macintosh.*Version/[0-9.]+ Safari/")),
    ("desktop", re.compile(r"Windows NT|Windows/|Macintosh|Mac OS X|X11|CrOS")),
)
_SYSTEMS = (
    ("Windows Phone", re.compile(r"Windows Phone")),
    ("iOS", re.compile(r"iPhone|iPad|iPod|\biOS\b")),
    ("Android", re.compile(r"Android")),
    ("ChromeOS", re.compile(r"CrOS")),
    ("Windows", re.compile(r"Windows")),
    ("macOS", re.compile(r"Macintosh|Mac OS X|macOS")),
    ("Linux", re.compile(r"X11|Linux")),
)
_PLAIN_NAMES = {
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "",
    "Edge Mobile": "Edge",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "IE": "Internet Explorer",
    "Android": "Android browser",
}


def device_of(user_agent: str) -> str:
    """phone, tablet, desktop, or "" when the text proves none."""
    return next((name for name, pattern in _DEVICES if pattern.search(user_agent)), "")


def system_of(user_agent: str) -> str:
    """The operating system's plain name, "" when the text names none."""
    return next((name for name, pattern in _SYSTEMS if pattern.search(user_agent)), "")


def plain_name(family: str) -> str:
    """What screens call a family of ua-parser; "" for a web view, which is nobody's name."""
    return _PLAIN_NAMES.get(family, family)
