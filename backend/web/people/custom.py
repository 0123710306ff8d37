"""A person's own fields in a form: texts can be changed, what else programs stored is kept.

A field whose text is emptied goes. What came in since the form was shown stays.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict


class Own(NamedTuple):
    """One field of a person's own, as it is typed."""

    name: str
    text: str


def rows_of(custom: Mapping[str, Any]) -> list[Own]:
    """The fields that a form can change."""
    return [Own(name, text) for name, text in custom.items() if isinstance(text, str)]


def typed(form: MultiDict[str, str]) -> list[Own]:
    """The fields of a form, without those that are empty altogether."""
    pairs = zip(form.getlist("custom_name"), form.getlist("custom_text"), strict=False)
    found = [Own(name.strip(), text.replace("\r\n", "\n").strip()) for name, text in pairs]
    return [each for each in found if each.name or each.text]


def is_faulty(rows: Sequence[Own]) -> bool:
    """Whether a text has no name, or two have the same."""
    names = [each.name for each in rows]
    return not all(names) or len(set(names)) < len(names)


def put_together(stored: Mapping[str, Any], rows: Sequence[Own]) -> dict[str, Any]:
    """The stored fields as the form wants them; what is no text there is no form's to change."""
    fixed = {name for name, value in stored.items() if not isinstance(value, str)}
    texts = {each.name: each.text for each in rows if each.name not in fixed}
    whole = {**stored, **texts}
    return {name: value for name, value in whole.items() if name not in texts or value}
