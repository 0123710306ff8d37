import pytest

from backend.tracking.devices import device_of, plain_name, system_of

SEEN = [
    (
        "an Android phone",
        "Mozilla/5.0 (Linux; Android 10; K) Chrome/1 Mobile Safari",
        "phone",
        "Android",
    ),
    (
        "an Android tablet",
        "Mozilla/5.0 (Linux; Android 10; K) Chrome/1 Safari",
        "tablet",
        "Android",
    ),
    ("an app leaves Mobile out", "NaverMailApp/2.2.2 (Android 10; SM-G986N)", "", "Android"),
    (
        "Firefox on a tablet",
        "Mozilla/5.0 (Android 14; Tablet; rv:1) Firefox/1",
        "tablet",
        "Android",
    ),
    ("a Chromebook", "Mozilla/5.0 (X11; CrOS x86_64 1) Chrome/1 Safari", "desktop", "ChromeOS"),
    ("Linux", "Mozilla/5.0 (X11; Linux x86_64; rv:1)", "desktop", "Linux"),
    (
        "a Windows phone",
        "Mozilla/5.0 (Windows Phone 10.0; Android 6) Mobile",
        "phone",
        "Windows Phone",
    ),
    ("nothing", "curl/8", "", ""),
]


@pytest.mark.req("R19", "R27")
@pytest.mark.parametrize(
    ("text", "device", "system"), [row[1:] for row in SEEN], ids=[row[0] for row in SEEN]
)
def test_only_what_is_proven_is_told(text, device, system):
    assert (device_of(text), system_of(text)) == (device, system)


@pytest.mark.parametrize(
    ("family", "name"),
    [("Mobile Safari", "Safari"), ("Chrome Mobile WebView", ""), ("Vivaldi", "Vivaldi")],
)
def test_families_get_plain_names(family, name):
    assert plain_name(family) == name
