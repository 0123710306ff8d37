"""Where the pixel may stand: at the end of what the sender wrote."""

import pytest

from backend.mail.new_text import Quote, new_text


def ends(html: str) -> tuple[str, str]:
    """What follows the end of the last line and of the last block; [] marks the quotes."""
    quotes = []
    plain = html
    while "[" in plain:
        start = plain.index("[")
        plain = plain.replace("[", "", 1)
        end = plain.index("]")
        plain = plain.replace("]", "", 1)
        quotes.append(Quote(start, end, 0))
    found = new_text(plain, quotes, len(plain), frozenset())
    return plain[found.line_end :], plain[found.block_end :]


@pytest.mark.req("R6")
@pytest.mark.parametrize(
    ("why", "html", "line", "block"),
    [
        ("no quote", "<p>Hi</p>", "", ""),
        ("a quote at the end", "Hi[<q>old</q>]", "<q>old</q>", "<q>old</q>"),
        ("the last line ends before its end tags", "<p>Hi</p><br>[Q]", "</p><br>Q", "Q"),
        ("openings in between are no words", "<p>Hi</p> <div>[Q]", "</p> <div>Q", "Q"),
        ("an image is something to stand behind", "<p>Hi<img></p>[Q]", "</p>Q", "Q"),
        ("a link is not stepped into", "<p><a>Hi</a></p>[Q]", "</p>Q", "Q"),
        ("nothing but the quote", "[Q]", "Q", "Q"),
        ("quotes side by side", "Hi<br>[A] [B]<br>", "<br>A B<br>", "A B<br>"),
        ("words below the quote", "Hi[A]<p>answer</p>", "", ""),
        ("a picture below the quote", "Hi[A]<img>", "", ""),
        (
            "white space and comments below are nothing",
            "Hi[A]&nbsp;<!-- x --><style>a{}</style>\n",
            "A&nbsp;<!-- x --><style>a{}</style>\n",
            "A&nbsp;<!-- x --><style>a{}</style>\n",
        ),
        ("words between, a quote at the end", "[A]words[B]", "B", "B"),
        ("a hidden last line is no place", "<div style='display:none'>x</div>[Q]", "Q", "Q"),
        ("a tag's inside is no place", "<p x='</p>'>[Q]", "<p x='</p>'>Q", "Q"),
        ("a value without quotes is no place", "<b y=</p>[Q]", "Q", "Q"),
    ],
)
def test_new_text_ends(why, html, line, block):
    assert ends(html) == (line, block), why
