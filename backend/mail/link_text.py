"""The text that a reader sees on a link."""

import html
import re

LONGEST_TEXT = 200
# Enough markup for 200 visible characters of any real mail; keeps an endless link cheap, and a
# numeric reference under the 4,300 digits at which int() refuses.
_MOST_MARKUP = 4000

_HIDDEN = re.compile(r"<!--.*?(?:-->|$)|<style\b.*?(?:</style>|$)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*+(?:>|$)")
_ALT = re.compile(r"\balt\s*=\s*(?:\"([^\"]*+)\"?|'([^']*+)'?|([^\s>\"']++))", re.IGNORECASE)
# Characters without width that mails are padded with, and what no database takes.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0e-\x1f\x7f\xad\u034f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ud800-\udfff]"
)


def visible_text(source: str, start: int, end: int) -> str:
    """The text of `source[start:end]`, white space collapsed, at most 200 characters.

    Without any text, the alternative text of the first image that has one.
    """
    markup = source[start : min(end, start + _MOST_MARKUP)]
    if "<" not in markup:
        return _tidy(markup)
    markup = _HIDDEN.sub(" ", markup) if "<!--" in markup or "<s" in markup.lower() else markup
    return _tidy(_TAG.sub(_space_of_a_block, markup)) or _alternative(markup)


def _alternative(markup: str) -> str:
    for found in _ALT.finditer(markup):
        text = _tidy(found[1] or found[2] or found[3] or "")
        if text:
            return text
    return ""


def _space_of_a_block(tag: re.Match[str]) -> str:
    """A line break or a block parts words, an inline tag such as <b> does not."""
    return "" if _INLINE.match(tag[0]) else " "


_INLINE = re.compile(
    r"</?(?:a|abbr|b|big|em|font|i|ins|mark|o:p|s|small|span|strong|u|wbr)\b", re.IGNORECASE
)


def _tidy(text: str) -> str:
    text = html.unescape(text) if "&" in text else text
    if not (text.isascii() and text.isprintable()):  # half of the time of looking for them
        text = _INVISIBLE.sub("", text)
    return " ".join(text.split())[:LONGEST_TEXT].rstrip()
