"""Where a quoted earlier message or a signature begins: the marks that mail programs leave.

A mark opens either an element, quoted until its end tag (so that an answer below the quote is new
text again), or everything that follows, for programs that put no element around the quote.
Outlook on the web prefixes the ids and classes of what it quotes with "x_".

Source: the marks found in 19 replies of real mail programs, and talon's list,
https://github.com/mailgun/talon/blob/master/talon/html_quotations.py.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping
from enum import StrEnum

from backend.mail.html_scan import ATTRIBUTES, NAME_END, Value


class Mark(StrEnum):
    """What begins at a tag."""

    QUOTE_ELEMENT = "quote element"
    QUOTE_TO_THE_END = "quote to the end"
    SIGNATURE_ELEMENT = "signature element"
    SIGNATURE_TO_THE_QUOTE = "signature to the quote"
    NOTICE = "notice"


NOTICE_MARK = "data-telltale"

# Outlook for Mac marks a <span>, of which other mails are full.
OUTLOOK_FOR_MAC = "olk_src_body"
# What is neither said by a line of text nor Outlook for Mac's begins at one of these tags, and each
# mark below has a word here: without any of them a mail has neither a quote nor a notice of ours.
QUOTING = frozenset(["div", "blockquote", "hr"])
HINTS = (
    "quote", "moz-", "rplyfwd", "appendonsend", "border-top", "solid none none", "stopspelling",
    "zwchr", "reference-message", "tabindex", NOTICE_MARK,
)  # fmt: skip
# Such a tag up to its ">", or its name alone if a "<" comes first: so none hides in another.
_QUOTING_TAG = re.compile(
    rf"<((?:{'|'.join(sorted(QUOTING))})(?={NAME_END})(?:{ATTRIBUTES.replace('[^', '[^<')}>|))"
)

_NAMES = re.compile(r"[^ \t\n\f\r]+")
_QUOTE_NAMES = {
    # Gmail; Superhuman and Proton keep its class
    "gmail_quote", "gmail_quote_container",
    # Thunderbird: the line above the quote, and forwards
    "moz-cite-prefix", "moz-forward-container",
    # Proton Mail, Tuta, Front, mail.ru's app, Yahoo
    "protonmail_quote", "tutanota_quote", "front-blockquote", "mail-app-auto-quote", "yahoo_quoted",
}  # fmt: skip
_REST_NAMES = {
    # Outlook for Mac and its mobile apps, Outlook on the web, Hotmail of old, Zimbra
    "olk_src_body_section", "mail-editor-reference-message-container",
    "ms-outlook-mobile-reference-message", "divrplyfwdmsg", "appendonsend", "stopspelling", "zwchr",
}  # fmt: skip
_SIGNATURE_NAMES = {
    "gmail_signature", "moz-signature", "signature", "applemailsignature", "apple-mail-signature",
    "ms-outlook-mobile-signature", "protonmail_signature_block", "composer_signature",
    "tutanota_signature",
}  # fmt: skip
# The line that Word draws above the From/Sent block (2007 to 2010 blue, later grey), as Outlook
# writes it and as browsers rewrite it.
_OUTLOOK_LINE = re.compile(
    r"border-top:\s*(?:solid\s+(?:#b5c4df|#e1e1e1)\s+1(?:\.0)?pt|1(?:\.0)?pt\s+solid\s+(?:#b5c4df"
    r"|#e1e1e1|rgb\(181,\s*196,\s*223\)|rgb\(225,\s*225,\s*225\)))"
    r"|border-style:\s*solid none none;\s*border-color:\s*(?:rgb\(225,\s*225,\s*225\)|#e1e1e1)",
    re.IGNORECASE,
)
_OWA_LINE = re.compile(r"display:\s*inline-block;\s*width:\s*98%", re.IGNORECASE)
# How Gmail, Apple Mail and Outlook on the web indent a paragraph of new text.
_INDENT = re.compile(
    r"border(?:-left)?:\s*(?:none|0)|margin-top:\s*0(?:px)?;\s*margin-bottom:", re.IGNORECASE
)
_DRAWN_LINE = re.compile(r"border-left:\s*(?!none|0)", re.IGNORECASE)

_LABEL_END = r"(?:[ \t\r\n\xa0]|&nbsp;){0,4}:"
_FROM = "From|Von|De|Da|Van|Fra|Från|Od|От|Kimden|Lähettäjä|差出人|发件人|寄件者|보낸 사람"
_SENT = (
    "Sent|Date|Gesendet|Datum|Envoyé|Inviato|Data|Verzonden|Enviado(?: el| em)?|Enviada em|Skickat"
    "|Sendt|Wysłano|Дата|Отправлено|Gönderildi|Lähetetty|送信日時|发送时间|日期|보낸 날짜"
)
_TAG_OPEN = r"<[a-zA-Z][^<>]{0,300}>"
_HEADER_BLOCK = re.compile(
    r"<(?:[bB]|strong|STRONG)(?:\s[^<>]{0,200})?>"
    r"(?:[ \t\r\n]|<(?:span|font)[^<>]{0,300}>){0,4}"
    rf"(?:{_FROM}){_LABEL_END}"
)
_HEADER_BLOCK_GOES_ON = re.compile(rf">[ \t\r\n]{{0,4}}(?:{_SENT}){_LABEL_END}")
_MOST_OF_A_HEADER = 2000
_THREE_DASHES = re.compile("---")  # takes half of the time of `in`
_SEPARATOR = re.compile(
    rf"{_TAG_OPEN}[ \t\r\n]{{0,4}}-{{3,12}} ?(?:Original (?:Message|Appointment)|Forwarded message"
    r"|Ursprüngliche Nachricht|Weitergeleitete Nachricht|Message d.origine|Message transféré"
    r"|Mensaje original|Mensagem original|Messaggio originale|Oorspronkelijk bericht"
    r"|Исходное сообщение|Пересылаемое сообщение) ?-{3,12}",
    re.IGNORECASE,
)
_DASHES = re.compile(rf"{_TAG_OPEN}[ \t\r\n]{{0,4}}--(?: |&nbsp;|\xa0)[ \t\r\n]{{0,4}}(?=<)")


def may_quote(lower: str) -> bool:
    """Whether there may be a quote or a notice in a mail, given in lower case.

    True for any that has one but for those told by lines of text and Outlook for Mac's. The words
    are searched in the tags alone, each once: in the whole mail they take ten times as long.
    """
    tags = set(_QUOTING_TAG.findall(lower))
    searched = " ".join(tags) if all(tag[-1] == ">" for tag in tags) else lower
    return any(hint in searched for hint in HINTS)


def mark_of(name: str, attributes: Mapping[str, Value]) -> Mark | None:
    """What the start tag of that name begins, None if it is an ordinary one."""
    if attributes.get(NOTICE_MARK, _NONE).text == "notice":
        return Mark.NOTICE
    names = _names(attributes)
    if names & _REST_NAMES:
        return Mark.QUOTE_TO_THE_END
    if names & _QUOTE_NAMES or any(name.startswith("yahoo_quoted") for name in names):
        return Mark.QUOTE_ELEMENT
    if names & _SIGNATURE_NAMES:
        return Mark.SIGNATURE_ELEMENT
    if "_mailautosig" in names:
        return Mark.SIGNATURE_TO_THE_QUOTE
    return _mark_by_look(name, attributes)


def header_blocks(html: str) -> frozenset[int]:
    """Places of a <b> or <strong> that begins a From/Sent block."""
    starts = [(found.start(), found.end()) for found in _HEADER_BLOCK.finditer(html)]
    if not starts:
        return frozenset()
    labels = [found.start() for found in _HEADER_BLOCK_GOES_ON.finditer(html)]
    nexts = ((start, end, bisect_left(labels, end)) for start, end in starts)
    return frozenset(
        start
        for start, end, at in nexts
        if at < len(labels) and labels[at] - end < _MOST_OF_A_HEADER
    )


def separators(html: str) -> frozenset[int]:
    """Places of tags right before an "Original Message" line."""
    if not _THREE_DASHES.search(html):
        return frozenset()
    return frozenset(found.start() for found in _SEPARATOR.finditer(html))


def signature_lines(html: str) -> frozenset[int]:
    """Places of tags right before a line of two dashes and a space."""
    return frozenset(found.start() for found in _DASHES.finditer(html))


_NONE = Value("", 0, 0)


def _names(attributes: Mapping[str, Value]) -> set[str]:
    """Classes, id and name of a tag in lower case, without Outlook's "x_"."""
    kept = (attributes[key].text for key in ("class", "id", "name") if key in attributes)
    words = _NAMES.findall(" ".join(kept).lower())
    return {re.sub(r"^(?:x_)+", "", word) for word in words}


def _mark_by_look(name: str, attributes: Mapping[str, Value]) -> Mark | None:
    style = attributes.get("style", _NONE).text
    if name == "blockquote":
        kind = attributes.get("type", _NONE).text.lower()
        is_indent = _INDENT.search(style) and not _DRAWN_LINE.search(style)
        return Mark.QUOTE_ELEMENT if kind == "cite" or not is_indent else None
    if name == "div":
        is_quote = attributes.get("name", _NONE).text == "quote" or _OUTLOOK_LINE.search(style)
        return Mark.QUOTE_TO_THE_END if is_quote else None
    if name == "hr" and "tabindex" in attributes and _OWA_LINE.search(style):
        return Mark.QUOTE_TO_THE_END
    return None
