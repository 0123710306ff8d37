"""An Outlook that signs its user in for a panel (nested app authentication).

It speaks the bridge's messages as msal publishes them (npm @azure/msal-browser 5.29.0, src/naa:
BridgeRequestEnvelope, BridgeResponseEnvelope, BridgeStatusCode), and signs with our fake tenants'
keys. What a real Outlook asks of its own broker before it answers is not in it.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route

from tests.fakes.entra import CLIENT_ID, OBJECT, TENANT, Tenants

BRIDGE = Path(__file__).with_name("naa_bridge.js")
SETS = ('"DialogApi":1.2', '"DialogApi":1.2,"NestedAppAuth":1.1')  # in the playground's host.js


@dataclass
class Broker:
    """Who answers behind the bridge; a method in `refusals` gets that status ("hang": nothing)."""

    tenants: Tenants
    refusals: dict[str, str] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    id_tokens: list[str] = field(default_factory=list)

    def serve(self, page: Page, *, has_bridge: bool = True) -> None:
        """Make the playground's Outlook one that says it has the bridge, and give it one."""
        page.context.route("**/playground/outlook/host.js", _say_it_is_there)
        if has_bridge:
            page.context.expose_function("askBroker", self.answer)
            page.context.add_init_script(path=BRIDGE)

    @property
    def methods(self) -> list[str]:
        """What was asked, in its order."""
        return [request["method"] for request in self.asked]

    def answer(self, text: str) -> str:
        """The response to a request of msal's; "" for none."""
        request = json.loads(text)
        assert request["messageType"] == "NestedAppAuthRequest"
        self.asked.append(request)
        refusal = self.refusals.get(request["method"])
        if refusal == "hang":
            return ""
        found = {"error": {"status": refusal}} if refusal else self._found(request)
        envelope = {"messageType": "NestedAppAuthResponse", "requestId": request["requestId"]}
        return json.dumps(envelope | {"success": "error" not in found} | found)

    def _found(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["method"] == "GetInitContext":
            return {"initContext": {"sdkName": "fake", "sdkVersion": "1", "capabilities": {}}}
        asked = request["tokenParams"]
        if (asked["clientId"], asked["scope"]) != (CLIENT_ID, f"api://{CLIENT_ID}/Track.Use"):
            return {"error": {"status": "PERSISTENT_ERROR", "code": "invalid_client"}}
        self.given.append(self.tenants.token(**self.claims))
        self.id_tokens.append(self.tenants.token(scp=None, aud=CLIENT_ID, name="Alice"))
        token = {"access_token": self.given[-1], "id_token": self.id_tokens[-1]}
        account = {"homeAccountId": f"{OBJECT}.{TENANT}", "localAccountId": OBJECT}
        account |= {"tenantId": TENANT, "username": "alice@ours.test"}
        return {
            "token": token | {"expires_in": 3600, "properties": None, "scope": asked["scope"]},
            "account": account | {"environment": "login.microsoftonline.com"},
        }


def _say_it_is_there(route: Route) -> None:
    script = route.fetch()
    text = script.text()
    assert SETS[0] in text, "the playground's host says otherwise which sets it has"
    route.fulfill(response=script, body=text.replace(*SETS))
