"""Microsoft's subscriptions: the handshake, and the notices that it sends, loses and repeats."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.fakes.graph_payloads import LIFECYCLE, NOTICE, SUBSCRIPTION, Payload
from tests.fakes.graph_rules import FACTS, Wrong

# learn.microsoft.com/graph/change-notifications-delivery-webhooks, "notificationUrl validation"
TOKEN = "Validation: Testing client application reachability for subscription Request-Id: 0f2a"
MOST = timedelta(minutes=4_230)  # learn.microsoft.com/graph/api/resources/subscription
MOST_STATE = 128
NEEDED = {"changeType", "notificationUrl", "resource", "expirationDateTime"}

# Sends a POST to our product: address with its query, body; gives status, content type and text.
Send = Callable[[str, bytes], tuple[int, str, str]]


@dataclass
class GraphNotices:
    """The subscriptions of one app; `send` reaches the product."""

    send: Send | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: TID251 (it imports nothing of backend)
    subscriptions: dict[str, Payload] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def subscribe(self, asked: Payload) -> Payload | None:
        """A new subscription; None where the address does not answer the handshake."""
        strange = set(asked) - set(FACTS["properties"]["subscription"])
        if strange or NEEDED - set(asked) or len(asked.get("clientState", "")) > MOST_STATE:
            raise Wrong(f"no subscription: {sorted(strange or NEEDED - set(asked))}")
        self._check_end(asked)
        for name in ("notificationUrl", "lifecycleNotificationUrl"):
            if name in asked and not self._answers(asked[name]):
                return None
        subscription_id = f"7f105c7d-2dc5-4530-97cd-{next(self.numbers):012d}"
        made = SUBSCRIPTION | asked | {"id": subscription_id}
        self.subscriptions[subscription_id] = made
        return made | {"clientState": None}

    def renew(self, subscription_id: str, asked: Payload) -> Payload | None:
        """The subscription with another end; None if there is none."""
        self._check_end(asked)
        if set(asked) != {"expirationDateTime"}:
            raise Wrong("only the end is renewed")
        found = self.subscriptions.get(subscription_id)
        if found is not None:
            found |= asked
        return found

    def tell(self, kind: str = "messages", event: str = "", **changes: object) -> bytes:
        """Send a notice to each subscription of such a resource; the body that was sent."""
        told = []
        for each in self.subscriptions.values():
            if each["resource"].endswith(kind):
                base = LIFECYCLE | {"lifecycleEvent": event} if event else NOTICE
                known = {"subscriptionId": each["id"], "clientState": each["clientState"]}
                told.append(base | known | changes)
        body = json.dumps({"value": told}).encode()
        assert self.send
        status, _, _ = self.send("/webhooks/graph", body)
        assert status == 202, status
        return body

    def _answers(self, address: str) -> bool:
        if self.send is None or not address.startswith("https://"):
            return False
        path = "/" + address.split("/", 3)[3]
        status, kind, text = self.send(f"{path}?validationToken={TOKEN.replace(' ', '+')}", b"")
        return status == 200 and kind.startswith("text/plain") and text == TOKEN

    def _check_end(self, asked: Payload) -> None:
        ends_at = datetime.fromisoformat(asked["expirationDateTime"])
        if not self.now() < ends_at <= self.now() + MOST:
            raise Wrong("a subscription that lasts too long")
