"""A sentence that is kept or raised before anybody knows in which language it will be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from backend.words import Language, has, t


@dataclass(frozen=True, slots=True)
class Sentence:
    """A key of the catalogue and what fills its slots, sentences among them.

    What only an operator sees in a terminal or a log has no key: it is its own text, in English.
    """

    key: str
    slots: Mapping[str, Any] = field(default_factory=dict)

    def told(self, language: str = Language.EN) -> str:
        """The sentence in that language."""
        if not has(self.key):
            return self.key
        slots = {
            name: value.told(language) if isinstance(value, Sentence) else value
            for name, value in self.slots.items()
        }
        return t(self.key, language, **slots)

    def packed(self) -> list[Any]:
        """The sentence as JSON values; `unpacked` takes them back."""
        slots = {
            name: value.packed() if isinstance(value, Sentence) else value
            for name, value in self.slots.items()
        }
        return [self.key, slots]


def unpacked(values: list[Any]) -> Sentence:
    """The sentence that was packed."""
    key, slots = values
    return Sentence(
        key,
        {
            name: unpacked(value) if isinstance(value, list) else value
            for name, value in slots.items()
        },
    )


def dumped(sentence: Sentence) -> str:
    """The sentence as text that a column keeps."""
    return orjson.dumps(sentence.packed()).decode()


def loaded(text: str) -> Sentence:
    """The sentence that a column kept; a text from before sentences were kept is told as it is."""
    return unpacked(orjson.loads(text)) if text.startswith("[") else Sentence(text)
