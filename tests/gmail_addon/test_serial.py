"""Typed values become Google's JSON, name by name."""

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
