"""Whatever a stranger wrote is text on a card."""

import pytest

from gmail_addon.widgets import bold, joined, label, lines, plain

STRANGE = '<a href="https://evil.test">&amp;</a>'


@pytest.mark.parametrize("made", [plain, bold])
def test_markup_is_escaped(made):
    assert STRANGE not in made(STRANGE)
    assert "&lt;a href=" in made(STRANGE)


def test_parts_are_put_together_without_escaping_twice():
    assert joined(bold("a & b"), plain(""), plain("c"), by=" < ") == "<b>a &amp; b</b> &lt; c"
    assert lines(plain("a"), plain("b")) == "a<br>b"


def test_a_label_has_no_brackets():
    assert "<" not in label(STRANGE)
    assert label("a & b") == "a & b"
