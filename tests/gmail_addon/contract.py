"""Whether an answer is exactly what Google takes: four judges, none of them ours alone.

1 our own strict schema of what stands around the cards   2 google-apps-card, parsed strictly
3 the card schemas in google-api-python-client's chat document   4 a lint for what those let pass
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import googleapiclient
import jsonschema_rs
from google.apps.card_v1 import Card
from google.protobuf.json_format import ParseDict

from tests.gmail_addon.calling import PUBLIC_URL

SCHEMA = Path(__file__).parent.parent / "data" / "gmail" / "answers.schema.json"
MOST_WIDGETS = 100
TAGS = re.compile(r"</?(?:b|br|i|u|s)>|<br>")  # of what Gmail reads in a Markup, those we use
ENTITY = re.compile(r"&(?!amp;|lt;|gt;|quot;|#x27;)")
# Where Google reads a little HTML; everywhere else text is text.
MARKUP = {("textParagraph", "text"), ("decoratedText", "text"), ("section", "header")}


def check(answer: dict[str, Any]) -> None:
    """Fail with the reason if Google would not take this, or not as it is meant."""
    error = next(iter(_validator().iter_errors(answer)), None)
    assert error is None, error
    for card in cards(answer):
        ParseDict(card, Card.pb(Card()), ignore_unknown_fields=False)
        assert list(walk(card, "GoogleAppsCardV1Card")) == []
        assert list(lint(card)) == []


def cards(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Every card in an answer."""
    actions = answer.get("renderActions") or answer.get("custom_authorization_prompt") or answer
    steps = actions.get("action", {}).get("navigations", ())
    return [card for step in steps for card in step.values() if isinstance(card, dict)]


def lint(card: dict[str, Any]) -> Iterator[str]:
    """What the schemas let pass and Gmail or a reader would not."""
    count = sum(len(section.get("widgets", ())) for section in card["sections"])
    if count > MOST_WIDGETS:
        yield f"{count} widgets: Gmail drops those after the 100th"
    for section in card["sections"]:
        if not section.get("widgets"):
            yield "a section without rows"
    for kind, name, value in texts(card, "card"):
        yield from _of_text(kind, name, value)


def texts(value: Any, kind: str) -> Iterator[tuple[str, str, str]]:
    """Every text of a card with the thing and the field it belongs to."""
    for name, each in value.items():
        if isinstance(each, str):
            yield kind, name, each
        for one in each if isinstance(each, list) else [each]:
            if isinstance(one, dict):
                yield from texts(one, "section" if name == "sections" else name)
            elif one is None:
                yield kind, name, "null"


def _of_text(kind: str, name: str, value: str) -> Iterator[str]:
    if not value.strip() and name != "value":
        yield f"{kind}.{name} is empty"
    if name in {"function", "url", "iconUrl"} and not value.startswith(PUBLIC_URL + "/"):
        yield f"{kind}.{name} leads elsewhere: {value}"
    if (kind, name) in MARKUP:
        if "<" in TAGS.sub("", value) or ENTITY.search(value):
            yield f"{kind}.{name} is not escaped: {value}"
    elif "<" in value and name != "value":
        yield f"{kind}.{name} could be taken for HTML: {value}"


def walk(value: Any, schema: str) -> Iterator[str]:
    """What of a JSON value the discovery document does not know."""
    properties = _document()["schemas"][schema]["properties"]
    for name, each in value.items():
        if name not in properties:
            yield f"{schema} has no {name}"
            continue
        yield from _of_type(each, properties[name], f"{schema}.{name}")


def _of_type(value: Any, kind: dict[str, Any], place: str) -> Iterator[str]:
    if "$ref" in kind:
        yield from walk(value, kind["$ref"])
    elif kind["type"] == "array":
        for each in value:
            yield from _of_type(each, kind["items"], place)
    elif kind["type"] == "string":
        if not isinstance(value, str) or value not in kind.get("enum", [value]):
            yield f"{place} cannot be {value!r}"
    elif not isinstance(value, {"boolean": bool, "integer": int}.get(kind["type"], object)):
        yield f"{place} cannot be {value!r}"


@cache
def _document() -> dict[str, Any]:
    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    found: dict[str, Any] = json.loads((folder / "chat.v1.json").read_text())
    return found


@cache
def _validator() -> Any:
    return jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text()))
