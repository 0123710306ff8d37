"""The judges of our answers refuse what Google would: each fault alone makes a good answer fail."""

from copy import deepcopy

import pytest
from google.protobuf.json_format import ParseError

from tests.gmail_addon import contract
from tests.gmail_addon.calling import PUBLIC_URL

ACTION = {
    "function": f"{PUBLIC_URL}/gmail-addon/action",
    "parameters": [{"key": "state", "value": "x"}],
}
ROW = {"decoratedText": {"text": "<b>One</b> &amp; two", "bottomLabel": "three", "wrapText": True}}
BUTTON = {"buttonList": {"buttons": [{"text": "Go", "onClick": {"action": ACTION}}]}}
CARD = {"header": {"title": "Feed"}, "sections": [{"widgets": [ROW, BUTTON]}], "name": "feed"}
UPDATE = {
    "updateBody": {
        "type": "INSERT_AT_START",
        "insertContents": [{"content": "<p>", "contentType": "MUTABLE_HTML"}],
    }
}


def good():
    return {
        "renderActions": {
            "action": {"navigations": [{"updateCard": deepcopy(CARD)}]},
            "hostAppAction": {"gmailAction": {"updateDraftActionMarkup": deepcopy(UPDATE)}},
        },
        "stateChanged": True,
    }


def card(answer):
    return answer["renderActions"]["action"]["navigations"][0]["updateCard"]


def widgets(answer):
    return card(answer)["sections"][0]["widgets"]


def pressed(answer):
    return widgets(answer)[1]["buttonList"]["buttons"][0]["onClick"]["action"]


def body(answer):
    action = answer["renderActions"]["hostAppAction"]["gmailAction"]
    return action["updateDraftActionMarkup"]["updateBody"]


FAULTS = {
    "a field Google does not know": lambda it: card(it).update(colour="red"),
    "a widget Google does not know": lambda it: widgets(it).append({"marquee": {}}),
    "a word in place of yes or no": lambda it: widgets(it)[0]["decoratedText"].update(wrapText="y"),
    "a hundred and one widgets": lambda it: card(it)["sections"][0].update(widgets=[ROW] * 101),
    "a section without rows": lambda it: card(it)["sections"].append({"widgets": []}),
    "text that was not escaped": lambda it: widgets(it)[0]["decoratedText"].update(text="<img>"),
    "half an entity": lambda it: widgets(it)[0]["decoratedText"].update(text="R&D"),
    "markup in a label": lambda it: widgets(it)[0]["decoratedText"].update(bottomLabel="<b>x</b>"),
    "an empty text": lambda it: widgets(it)[0]["decoratedText"].update(text=" "),
    "an address elsewhere": lambda it: pressed(it).update(function="https://evil.test/action"),
    "an address without TLS": lambda it: pressed(it).update(function="http://telltale.ours.test/a"),
    "a parameter that is a number": lambda it: pressed(it)["parameters"][0].update(value=7),
    "a place in the draft there is not": lambda it: body(it).update(type="SOMEWHERE"),
    "no place in the draft": lambda it: body(it).pop("type"),
    "a change of nothing": lambda it: body(it).update(insertContents=[]),
    "something beside the answer": lambda it: it.update(action={}),
    "an action's answer without its wrapper": lambda it: it.update(it.pop("renderActions")),
    "two things for Gmail to do": lambda it: it["renderActions"]["hostAppAction"][
        "gmailAction"
    ].update(addonComposeUiActionMarkup={"type": "DISMISS"}),
}


def test_what_google_takes_passes():
    contract.check(good())


@pytest.mark.parametrize("why", FAULTS)
def test_each_fault_alone_is_refused(why):
    answer = good()
    FAULTS[why](answer)

    with pytest.raises((AssertionError, ParseError)):
        contract.check(answer)
