"""Google's Pub/Sub as Gmail uses it: a topic with one subscription, pushed with a signed token.

Payloads: docs.cloud.google.com/pubsub/docs/push#receive_push and /authenticate-push-subscriptions;
the data: developers.google.com/workspace/gmail/api/guides/push#receive_notifications.
"""

import base64
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playground.google import Google

TOPIC = "projects/ours-crm/topics/gmail"
SUBSCRIPTION = "projects/ours-crm/subscriptions/telltale"
PUSHER = "gmail-notices@ours-crm.iam.gserviceaccount.com"
TAKEN = frozenset({102, 200, 201, 202, 204})  # what counts as acknowledged; all else comes again

Message = dict[str, Any]
# A POST to the product: body and headers; gives the status.
Post = Callable[[bytes, dict[str, str]], int]


@dataclass
class PubSub:
    """What is published waits until it is taken; `url` is the address that it pushes to."""

    google: Google
    url: str = ""
    topics: set[str] = field(default_factory=lambda: {TOPIC})
    publishers: set[str] = field(default_factory=lambda: {TOPIC})  # where Gmail may publish
    waiting: list[Message] = field(default_factory=list)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(8_675_309))

    def publish(
        self, address: str = "alice@ours.test", history: int = 9_876, **changes: Any
    ) -> Message:
        """What Gmail publishes when that mailbox changes."""
        number = next(self.numbers)
        message = {
            "data": data_of({"emailAddress": address, "historyId": history}),
            "messageId": str(number),
            "message_id": str(number),
            "publishTime": "2026-11-26T21:30:00.000Z",
            "publish_time": "2026-11-26T21:30:00.000Z",
        }
        self.waiting.append({**message, **changes})
        return self.waiting[-1]

    def push(self, post: Post, **claims: Any) -> list[int]:
        """Push each message that waits; the statuses. One that was not taken goes on waiting."""
        answers = [(each, post(self.body(each), self.headers(**claims))) for each in self.waiting]
        self.waiting = [each for each, status in answers if status not in TAKEN]
        return [status for _, status in answers]

    def body(self, message: Any, subscription: Any = SUBSCRIPTION) -> bytes:
        """A delivery of that message."""
        return json.dumps({"message": message, "subscription": subscription}).encode()

    def headers(self, **claims: Any) -> dict[str, str]:
        """The headers beside it, with a token whose claims are the usual ones but for these."""
        return {
            "Authorization": f"Bearer {self.token(**claims)}",
            "Content-Type": "application/json",
        }

    def token(self, **claims: Any) -> str:
        """The token that says who pushes, and whom to."""
        usual = {"aud": self.url, "azp": "1137", "email": PUSHER, "email_verified": True}
        return self.google.sign({**usual, "sub": "1137", **claims})


def data_of(value: Any) -> str:
    """A message's data."""
    return base64.b64encode(json.dumps(value).encode()).decode()
