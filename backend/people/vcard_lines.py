"""One line of a vCard: its name, its parameters, and its value as text. Pure.

Source: RFC 6350 section 3.3 (Aug 2011); quoted-printable and CHARSET are vCard 2.1's.
"""

import quopri
import re
from dataclasses import dataclass

# A colon or semicolon inside of double quotes belongs to a parameter's value.
_HEAD = re.compile(r'(?:[^":]|"[^"]*")*')
_PARAMETER = re.compile(r';((?:[^";]|"[^"]*")*)')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PARTS = re.compile(r"(?:[^\\;]|\\.)*", re.DOTALL)
# Python knows many more codecs, some of which are no character sets and slow.
_CHARSET = re.compile(r"ISO-8859-\d{1,2}|WINDOWS-125\d|UTF-8|US-ASCII|KOI8-R|SHIFT_JIS|GB2312|BIG5")
_NOT_PREFERRED = 101  # PREF goes from 1, the most preferred, to 100


@dataclass(frozen=True, slots=True)
class Property:
    """A line taken apart; `is_too_long` if some of its value was left out."""

    name: str
    parameters: tuple[str, ...]
    value: str
    is_too_long: bool = False

    @property
    def preference(self) -> int:
        """1 for the most preferred; lines without a preference come last."""
        for parameter in self.parameters:
            name, _, value = parameter.partition("=")
            if name == "PREF" and not value:
                return 1
            if name == "PREF" and value.strip('"').isdecimal():
                return int(value.strip('"')[:3])
            if name == "TYPE" and "PREF" in value.strip('"').split(","):
                return 1
        return _NOT_PREFERRED

    def text(self) -> str:
        """The value as one text."""
        return _unescaped(self._decoded())

    def parts(self) -> list[str]:
        """The value's parts, which semicolons separate; at least one."""
        found = []
        rest = self._decoded()
        while True:
            part = _PARTS.match(rest)
            length = part.end() if part else 0
            found.append(_unescaped(rest[:length]))
            if rest[length : length + 1] != ";":
                return found
            rest = rest[length + 1 :]

    def _decoded(self) -> str:
        named = (each[8:].strip('"') for each in self.parameters if each.startswith("CHARSET="))
        charset = next((name for name in named if _CHARSET.fullmatch(name)), "UTF-8")
        is_quoted = bool({"ENCODING=QUOTED-PRINTABLE", "QUOTED-PRINTABLE"} & set(self.parameters))
        if not is_quoted and charset == "UTF-8":
            return self.value
        raw = self.value.encode("utf-8", "surrogateescape")
        try:
            return (quopri.decodestring(raw) if is_quoted else raw).decode(charset)
        except (LookupError, ValueError):
            # As it came: the row says then that it is not UTF-8.
            return raw.decode("utf-8", "surrogateescape")


def property_of(line: str, *, is_too_long: bool = False) -> Property:
    """A logical line taken apart; a group ("item1.EMAIL") is left out of the name."""
    match = _HEAD.match(line)
    length = match.end() if match else 0
    head, value = line[:length], line[length + 1 :]
    name = re.split(r"[;]", head, maxsplit=1)[0].rpartition(".")[2].strip().upper()
    parameters = tuple(found.strip().upper() for found in _PARAMETER.findall(head))
    return Property(name, parameters, value, is_too_long)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)
