"""Typed values become Google's JSON, name by name, and nothing else does."""

import ast

import pytest

from gmail_addon.serial import to_json
from gmail_addon.widgets import (
    Action,
    Button,
    ButtonList,
    Card,
    Divider,
    Header,
    OnClick,
    OnClose,
    OpenAs,
    OpenLink,
    Parameter,
    Section,
    Switch,
    TextParagraph,
    plain,
)
from tests.processes import ROOT

MODULES = [each.relative_to(ROOT) for each in sorted((ROOT / "gmail_addon").rglob("*.py"))]


def test_a_card_is_written_with_google_s_names_and_without_what_is_empty():
    press = OnClick(action=Action("https://x.test/a", (Parameter("state", "s"),)))
    card = Card(
        Header("Feed"),
        (Section((TextParagraph(plain("a < b")), Divider(), ButtonList((Button("Go", press),)))),),
    )

    assert to_json(card) == {
        "header": {"title": "Feed"},
        "sections": [
            {
                "widgets": [
                    {"textParagraph": {"text": "a &lt; b"}},
                    {"divider": {}},
                    {
                        "buttonList": {
                            "buttons": [
                                {
                                    "text": "Go",
                                    "onClick": {
                                        "action": {
                                            "function": "https://x.test/a",
                                            "parameters": [{"key": "state", "value": "s"}],
                                        }
                                    },
                                }
                            ]
                        }
                    },
                ]
            }
        ],
    }


def test_words_of_an_enumeration_and_camel_case():
    link = OpenLink("https://x.test/", OpenAs.OVERLAY, OnClose.RELOAD)
    switch = Switch("opens", selected=True, on_change_action=Action("https://x.test/a"))

    assert to_json(link) == {"url": "https://x.test/", "openAs": "OVERLAY", "onClose": "RELOAD"}
    assert to_json(switch) == {
        "name": "opens",
        "selected": True,
        "onChangeAction": {"function": "https://x.test/a"},
        "controlType": "SWITCH",
    }


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_module_writes_google_s_json_by_hand(path):
    written = [node for node in ast.walk(ast.parse((ROOT / path).read_text())) if is_json(node)]

    assert [ast.unparse(node) for node in written] == []


def is_json(node):
    """A dictionary that holds others, or a name in Google's spelling."""
    if not isinstance(node, ast.Dict):
        return False
    names = [key.value for key in node.keys if isinstance(key, ast.Constant)]
    return any(isinstance(value, ast.Dict | ast.List) for value in node.values) or any(
        isinstance(name, str) and name != name.lower() for name in names
    )


@pytest.mark.parametrize("written", ['{"action": {"a": 1}}', '{"pushCard": card}', '{"x": [card]}'])
def test_what_is_written_by_hand_is_found(written):
    assert is_json(ast.parse(written, mode="eval").body)
