"""Every word a person sees, in each language: the one catalogue of pages, panels, cards and mail.

`<language>/<area>.json` holds the texts of one area by key; `t("feed.new", "de", n=3)` asks for
`new` in `de/feed.json`. A text is a string, or `{"one": …, "other": …}` chosen by the slot `n`.
`{name}` in a text is a slot; console/static/words.js reads the same files by the same rules.
What no text may claim is data too: `forbidden.json` (requirement R85).

In German what is sent and received is an „E-Mail“, never „Mail“, „Nachricht“ or „Post“; what deals
with it is a „Mailprogramm“ or „Mailserver“. „Nachricht“ stays where a window of Gmail's has it so.
What English tracks is „gemessen“ there, by a „Messung“, never „verfolgt“ or „getrackt“; „Tracking“
stands in the name of the „Tracking-Host“ alone, and the wish not to be measured is „Do Not Track“.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import orjson

Text = str | Mapping[str, str]

FOLDER = Path(__file__).parent
_SLOT = re.compile(r"\{(\w+)\}")
_THOUSANDS = {"en": ",", "de": "."}


class Language(StrEnum):
    """The languages that every text is written in."""

    EN = "en"
    DE = "de"


def _read(language: Language) -> dict[str, Text]:
    return {
        f"{path.stem}.{key}": text
        for path in sorted((FOLDER / language).glob("*.json"))
        for key, text in orjson.loads(path.read_bytes()).items()
    }


def _unbroken(text: Text) -> Text:
    if isinstance(text, str):
        return text.replace("E-Mail", "E-\N{WORD JOINER}Mail")
    return {name: each.replace("E-Mail", "E-\N{WORD JOINER}Mail") for name, each in text.items()}


CATALOGUES: Mapping[str, Mapping[str, Text]] = {each: _read(each) for each in Language}
# The same for boxes on a screen, however narrow: „E-Mail“ stays on one line. The joiner cannot be
# seen, and whoever searches a page need not type it.
ON_SCREEN: Mapping[str, Mapping[str, Text]] = {
    language: {key: _unbroken(text) for key, text in texts.items()}
    for language, texts in CATALOGUES.items()
}
FORBIDDEN: Mapping[str, list[str]] = orjson.loads((FOLDER / "forbidden.json").read_bytes())


def t(key: str, language: str = Language.EN, /, **slots: object) -> str:
    """The text for a key, its slots filled; `n` also chooses between one and many.

    A key that the catalogue does not know (the reason of a newer rule) is shown in plain letters.
    """
    return _filled(CATALOGUES[language], key, language, slots)


def on_screen(key: str, language: str = Language.EN, /, **slots: object) -> str:
    """As `t`, for a box on a screen: not broken within „E-Mail“."""
    return _filled(ON_SCREEN[language], key, language, slots)


def has(key: str) -> bool:
    """Whether the catalogue has a text for the key."""
    return key in CATALOGUES[Language.EN]


def _filled(texts: Mapping[str, Text], key: str, language: str, slots: Mapping[str, object]) -> str:
    text = texts.get(key)
    if text is None:
        return key.rpartition(".")[2].replace("_", " ")
    if not isinstance(text, str):
        text = text["one" if slots.get("n") == 1 else "other"]
    return _SLOT.sub(lambda slot: _shown(slots.get(slot[1], ""), language), text)


def _shown(value: object, language: str) -> str:
    if isinstance(value, int):
        return f"{value:,}".replace(",", _THOUSANDS[language])
    return str(value)
