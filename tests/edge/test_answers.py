"""The Location header: byte for byte, but for what a header cannot carry."""

import pytest

from backend.edge.answers import location, pixel, redirect

TARGETS = (
    ("plain", "https://example.test/a?b=c#d", "https://example.test/a?b=c#d"),
    ("no normalising of case", "HTTPS://EXAMPLE.test/%7Ea", "HTTPS://EXAMPLE.test/%7Ea"),
    (
        "brackets and pipes stay",
        "https://a.test/|[1]{2}\\^`<>\"'",
        "https://a.test/|[1]{2}\\^`<>\"'",
    ),
    ("a percent sign is not encoded again", "https://a.test/100%", "https://a.test/100%"),
    ("letters outside ASCII", "https://a.test/ü%20é", "https://a.test/%C3%BC%20%C3%A9"),
    ("blanks", "https://a.test/a b", "https://a.test/a%20b"),
    (
        "line breaks cannot split the answer",
        "https://a.test/\r\nX: y",
        "https://a.test/%0D%0AX:%20y",
    ),
    ("NUL and DEL", "https://a.test/\0\x7f", "https://a.test/%00%7F"),
)


@pytest.mark.parametrize(("why", "target", "sent"), TARGETS, ids=[row[0] for row in TARGETS])
def test_a_target_is_sent_as_it_was_stored(why, target, sent):
    assert location(target) == sent, why


def test_a_redirect_is_kept_by_no_cache_and_tells_no_referrer():
    answer = redirect("https://a.test/")

    assert (answer.status, dict(answer.headers)) == (
        302,
        {
            "location": "https://a.test/",
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
            "x-robots-tag": "noindex",
            "content-length": "0",
        },
    )


def test_only_png_is_a_png():
    assert [pixel(end).body[:4] for end in (".png", ".PnG/", ".gif", "", ".pn")] == [
        b"\x89PNG",
        b"\x89PNG",
        b"GIF8",
        b"GIF8",
        b"GIF8",
    ]
