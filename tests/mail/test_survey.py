"""One pass finds the links, our pixels and the end of the new text."""

import pytest

from backend.mail.survey import survey
from tests.mail.samples import PIXEL, RULES, token


@pytest.mark.parametrize(
    ("why", "html", "expected"),
    [
        ("links and areas", "<a href=1>x</a><area href=2><link href=3><p href=4>", ["1", "2"]),
        (
            "VML, in a comment or not",
            "<v:rect href=1><!--[if mso]><v:oval href=2></v:oval><![endif]-->",
            ["1", "2"],
        ),
        ("a comment is no mail", "<!-- <a href=1> --><a href=2>", ["2"]),
        (
            "a comment within a conditional comment",
            "<!--[if mso]><!--[if x]><a href=1><![endif]-->",
            [],
        ),
        ("a tag that ends outside of its comment", "<!--[if mso]><a href='--><a href=2>x", ["2"]),
        ("the first href counts", "<a href=1 HREF=2>", ["1"]),
        ("no href", "<a name=x><a href><a href=''>", []),
        ("noscript is read", "<noscript><a href=1></noscript>", ["1"]),
        ("style is not", "<style><a href=1></style>", []),
    ],
)
def test_addresses_are_found(why, html, expected):
    assert [spot.value.text for spot in survey(html, RULES).spots] == expected, why


@pytest.mark.parametrize(
    ("why", "html", "text"),
    [
        ("to the end tag", "<a href=1>one</a>two", "one"),
        ("to the next link", "<a href=1>one<a href=2>two</a>", "one"),
        ("to a next link of another kind", "<a href=1>one<v:rect href=2>two</v:rect></a>3", "one"),
        ("to the end", "<a href=1>one", "one"),
        (
            "to its own end tag in VML",
            "<v:rect href=1><v:box>one</v:box></v:rect>two",
            "<v:box>one</v:box>",
        ),
        (
            "over a conditional comment",
            "<a href=1>o<!--[if mso]></a><![endif]-->ne</a>",
            "o<!--[if mso]></a><![endif]-->ne",
        ),
    ],
)
def test_the_text_of_a_link_runs(why, html, text):
    spot = survey(html, RULES).spots[0]

    assert html[spot.text_start : spot.text_end] == text, why


def test_our_images_are_found_everywhere_and_others_are_not():
    html = f"{PIXEL}<!--[if mso]>{PIXEL}<![endif]--><blockquote>{PIXEL.upper()}</blockquote>"
    others = "<!-- " + PIXEL + " --><img src=cid:1><img><img src='" + "x" * 9000 + "'>"

    found = survey(html + others, RULES)

    assert [pixel.token for pixel in found.pixels] == [token("o", 0).replace("0", "o")] * 3
    assert all(html[pixel.start : pixel.end].upper() == PIXEL.upper() for pixel in found.pixels)


@pytest.mark.parametrize(
    ("why", "html", "after"),
    [
        ("the last </body>", "<body>x</body></body></html>", "</body></html>"),
        ("not one in a comment", "<body>x</BODY><!-- </body> -->", "</BODY><!-- </body> -->"),
        (
            "nor one in a script",
            "x</body><script></body></script>",
            "</body><script></body></script>",
        ),
        (
            "nor one in a conditional comment",
            "x</body><!--[if x]></body><![endif]-->",
            "</body><!--[if x]></body><![endif]-->",
        ),
        ("else </html>", "x</html>\n", "</html>\n"),
        ("else the end", "x", ""),
        ("before what never ends", "x<!-- y", "<!-- y"),
    ],
)
def test_the_body_ends(why, html, after):
    assert html[survey(html, RULES).new_text.line_end :] == after, why
