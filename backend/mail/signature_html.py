"""An organisation's signature: HTML that mail may carry, with slots for a name and an address.

Whatever is given is taken apart and written anew out of a short list of tags, attributes and
properties, so nothing that runs, loads by itself or lies over the page can be in it. A picture may
come by https. Source for the length: Office's `body.setSignatureAsync` takes 30,000 characters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

MAX_TEMPLATE = 20_000  # leaves room for what stands in the slots, and our picture

_VOID = frozenset({"br", "hr", "img"})
_TAGS = _VOID | {
    "a", "b", "big", "center", "div", "em", "font", "h1", "h2", "h3", "h4", "i", "li", "ol", "p",
    "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "u", "ul",
}  # fmt: skip
# Left out with all that is in them; of any other tag what is in it stays.
_WHOLE = {
    "applet", "audio", "head", "iframe", "math", "noscript", "object", "script", "style", "svg",
    "template", "textarea", "title", "video",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "font": {"color", "face", "size"},
    "img": {"src", "alt", "width", "height", "border", "title"},
    "table": {"border", "cellpadding", "cellspacing", "width", "align", "bgcolor"},
    "td": {"colspan", "rowspan", "width", "height", "align", "valign", "bgcolor", "nowrap"},
}
_ATTRIBUTES["th"] = _ATTRIBUTES["td"]
_EVERYWHERE = {"style", "dir", "lang", "align"}
_ADDRESS = {
    "href": re.compile(r"(https?://|mailto:|tel:)[^\s\x00-\x20]+", re.IGNORECASE),
    "src": re.compile(r"https://[^\s\x00-\x20]+", re.IGNORECASE),
}
_PROPERTY = re.compile(
    r"color|background-color|font(-(family|size|style|weight|variant))?|line-height|letter-spacing"
    r"|text-(align|decoration|transform|indent)|vertical-align|white-space|(max-|min-)?(width|height)"
    r"|(margin|padding)(-(top|right|bottom|left))?"
    r"|border(-(top|right|bottom|left))?(-(color|style|width|radius))?|border-(collapse|spacing)"
    r"|mso-[a-z-]+"
)
_VALUE = re.compile(r"([\w\s#.,%'\"!+-]|rgba?\([\d\s.,%]*\))+")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A signature as mail may carry it, and what was left out: tags, attributes, properties."""

    html: str
    left_out: tuple[str, ...]


def clean(html: str) -> Cleaned:
    """The signature out of what may be in one; cleaning it again changes nothing."""
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return Cleaned(writer.written(), tuple(dict.fromkeys(writer.left_out)))


def is_empty(html: str) -> bool:
    """Whether nothing of a cleaned signature would be seen."""
    return "<img" not in html and not re.sub(r"<[^>]*>|&nbsp;|\s|\xa0", "", html)


def filled(template: str, name: str, address: str) -> str:
    """The signature of one user: cleaned, her name and address in their slots as text."""
    slots = {"name": name, "address": address}

    def fill(slot: re.Match[str]) -> str:
        return escape(slots[slot[1]])

    # Both at once: a name that looks like a slot stays a name.
    return re.sub(r"\{(name|address)\}", fill, clean(template).html)


class _Writer(HTMLParser):
    """Writes anew what may stay."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.left_out: list[str] = []
        self._parts: list[str] = []
        self._open: list[str] = []
        self._within: list[str] = []  # of what is left out as a whole

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open it, if it may be there, with those attributes that may be."""
        if tag in _WHOLE:
            self.left_out.append(tag)
            self._within.append(tag)
        elif self._within:
            return
        elif tag not in _TAGS:
            if tag not in {"html", "body"}:
                self.left_out.append(tag)
        else:
            kept = "".join(f' {name}="{escape(value)}"' for name, value in self._kept(tag, attrs))
            self._parts.append(f"<{tag}{kept}>")
            if tag not in _VOID:
                self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An XML-like end means nothing in HTML, but nothing can be within what has one here."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close it, and what was left open within."""
        if tag in _WHOLE:
            if tag in self._within:
                del self._within[self._within.index(tag) :]
        elif not self._within and tag in self._open:
            while (last := self._open.pop()) != tag:
                self._parts.append(f"</{last}>")
            self._parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Text stays text."""
        if not self._within:
            self._parts.append(escape(data, quote=False))

    def written(self) -> str:
        """All of it, with what is still open closed."""
        ends = "".join(f"</{tag}>" for tag in reversed(self._open))
        return "".join(self._parts).strip() + ends

    def _kept(self, tag: str, attrs: list[tuple[str, str | None]]) -> Iterator[tuple[str, str]]:
        seen = set()
        for name, given in attrs:
            value = (given or "").replace("\0", "").strip()
            if name == "style":
                value = self._style(value)
            elif not _may(tag, name, value):
                self.left_out.append(name)
                continue
            if (value or name == "alt") and name not in seen:
                seen.add(name)
                yield name, value

    def _style(self, text: str) -> str:
        kept = []
        for part in filter(str.strip, text.split(";")):
            name, _, value = part.partition(":")
            name, value = name.strip().lower(), value.strip()
            if _PROPERTY.fullmatch(name) and _VALUE.fullmatch(value):
                kept.append(f"{name}: {value}")
            else:
                self.left_out.append(name[:40])
        return "; ".join(kept)


def _may(tag: str, name: str, value: str) -> bool:
    allowed = name in _EVERYWHERE or name in _ATTRIBUTES.get(tag, ())
    return allowed and (name not in _ADDRESS or bool(_ADDRESS[name].fullmatch(value)))
