"""Gmail's calls: an event with its tokens in, a card out; presses widgets as a person does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient

from gmail_addon.asking import STATE
from playground.google import Google

PUBLIC_URL = "https://telltale.ours.test"
ALICE = "alice@ours.test"
SCOPES = [
    "https://www.googleapis.com/auth/gmail.addons.execute",
    "https://www.googleapis.com/auth/gmail.addons.current.message.metadata",
    "https://www.googleapis.com/auth/userinfo.email",
]
OAUTH_TOKEN = "ya29.the-token-of-one-request"


@dataclass
class Caller:
    """Gmail on behalf of one account; `recipients` are those of the draft on screen."""

    client: FlaskClient
    google: Google
    email: str = ALICE
    locale: str = "en"
    recipients: list[str] = field(default_factory=list)
    scopes: list[str] | None = field(default_factory=lambda: list(SCOPES))
    inputs: dict[str, str] = field(default_factory=dict)
    opened: dict[str, str] | None = None
    oauth_token: str = OAUTH_TOKEN
    check: Callable[[dict[str, Any]], None] = lambda _answer: None

    def event(self, **parameters: str) -> dict[str, Any]:
        """The event that Gmail would send now."""
        common: dict[str, Any] = {
            "hostApp": "GMAIL",
            "platform": "WEB",
            "userLocale": self.locale,
            "timeZone": {"id": "Europe/Berlin", "offset": 3600000},
        }
        if self.inputs:
            common["formInputs"] = {
                name: {"stringInputs": {"value": [value]}} for name, value in self.inputs.items()
            }
        if parameters:
            common["parameters"] = parameters
        known: dict[str, Any] = {
            "userOAuthToken": self.oauth_token,
            "userIdToken": self.google.user_token(self.email),
        }
        if self.scopes is not None:
            known["authorizedScopes"] = self.scopes
        gmail: dict[str, Any] = dict(self.opened or {})
        if self.recipients:
            gmail["toRecipients"] = self.recipients
        return {"commonEventObject": common, "authorizationEventObject": known, "gmail": gmail}

    def post(self, path: str, event: Any = None, token: str | None = None) -> Any:
        """The response to a call of /gmail-addon/<path>."""
        url = f"{PUBLIC_URL}/gmail-addon/{path}"
        bearer = self.google.system_token(url) if token is None else token
        return self.client.post(
            f"/gmail-addon/{path}",
            json=self.event() if event is None else event,
            headers={"Authorization": f"Bearer {bearer}"},
        )

    def answer(self, path: str, **parameters: str) -> Any:
        """The JSON of a call that must succeed."""
        response = self.post(path, self.event(**parameters))
        assert response.status_code == 200, response.data
        self.check(response.json)
        return response.json

    def card(self, path: str) -> dict[str, Any]:
        """The card that a trigger shows."""
        return card_of(self.answer(path))

    def press(self, on_click: dict[str, Any]) -> Any:
        """The answer to a press on something with an action."""
        return self.answer("action", **{STATE: state_of(on_click)})

    def turn(self, card: dict[str, Any], name: str, *, is_on: bool) -> Any:
        """The answer to a switch of a card, whose others stay as they are."""
        self.inputs = {
            each["name"]: "1"
            for each in switches(card)
            if each.get("selected") and each["name"] != name
        } | ({name: "1"} if is_on else {})
        try:
            return self.press(switch(card, name)["onChangeAction"])
        finally:
            self.inputs = {}


def card_of(answer: dict[str, Any]) -> dict[str, Any]:
    """The card in an answer of either kind."""
    actions = answer.get("renderActions", answer)
    step = actions["action"]["navigations"][-1]
    found: dict[str, Any] = step.get("pushCard") or step["updateCard"]
    return found


def state_of(on_click: dict[str, Any]) -> str:
    """The signed state behind a press or a switch."""
    action = on_click.get("action", on_click)
    return str(action["parameters"][0]["value"])


def widgets(card: dict[str, Any]) -> list[dict[str, Any]]:
    """Every widget of a card, in order."""
    return [widget for section in card["sections"] for widget in section["widgets"]]


def rows(card: dict[str, Any]) -> list[dict[str, Any]]:
    """Its decorated texts."""
    return [each["decoratedText"] for each in widgets(card) if "decoratedText" in each]


def buttons(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What a press on each of its buttons does, by the word on it."""
    found = [one for each in widgets(card) for one in each.get("buttonList", {}).get("buttons", ())]
    found += card.get("fixedFooter", {}).values()
    return {each["text"]: each["onClick"] for each in found}


def switches(card: dict[str, Any]) -> list[dict[str, Any]]:
    """Its switches."""
    return [row["switchControl"] for row in rows(card) if "switchControl" in row]


def switch(card: dict[str, Any], name: str) -> dict[str, Any]:
    """One of its switches."""
    return next(each for each in switches(card) if each["name"] == name)


def inserted(answer: dict[str, Any]) -> tuple[str, str]:
    """Where an answer puts something into the draft, and what."""
    action = answer["renderActions"]["hostAppAction"]["gmailAction"]
    body = action["updateDraftActionMarkup"]["updateBody"]
    return str(body["type"]), str(body["insertContents"][0]["content"])


def words(card: dict[str, Any]) -> str:
    """All the words of a card."""
    return str(card)
