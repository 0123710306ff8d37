"""Google's Pub/Sub as Gmail uses it: a topic with one subscription, pushed with a signed token.

Payloads: docs.cloud.google.com/pubsub/docs/push#receive_push and /authenticate-push-subscriptions;
the data: developers.google.com/workspace/gmail/api/guides/push#receive_notifications.
"""

import base64
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from playground.google import Google
from tests.fakes.listening import Quiet, listening
from tests.waiting import LOOPBACK

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
    subscribers: set[str] = field(default_factory=set)  # access tokens that may pull
    refusal: tuple[int, str, str] | None = None  # status, Google's word, and its sentence
    lent: dict[str, str] = field(default_factory=dict)  # data by its receipt
    loses_acknowledgements: bool = False
    calls: list[str] = field(default_factory=list)  # pull and acknowledge
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

    def answer(self, path: str, token: str, asked: Message) -> tuple[int, Message]:
        """What a call of the REST API gets: pull or acknowledge, on the subscription."""
        name, _, what = path.removeprefix("/v1/").partition(":")
        self.calls.append(what)
        if token not in self.subscribers:
            return refused(403, "PERMISSION_DENIED", "User not authorized to perform this action.")
        if name != SUBSCRIPTION:
            return refused(404, "NOT_FOUND", "Resource not found (resource=another).")
        if self.refusal is not None:
            return refused(*self.refusal)
        if what == "acknowledge":
            return self._acknowledge(asked)
        assert what == "pull"
        assert set(asked) == {"maxMessages", "returnImmediately"}
        if not self.waiting:
            return 200, {}
        receipts = [f"receipt-{next(self.numbers)}" for _ in self.waiting[: asked["maxMessages"]]]
        found = list(zip(receipts, self.waiting, strict=False))
        self.lent |= {receipt: each["messageId"] for receipt, each in found}
        return 200, {"receivedMessages": [{"ackId": r, "message": each} for r, each in found]}

    def _acknowledge(self, asked: Message) -> tuple[int, Message]:
        assert set(asked) == {"ackIds"}
        assert asked["ackIds"]
        if self.loses_acknowledgements:
            return refused(503, "UNAVAILABLE", "The service was unable to fulfill your request.")
        done = {self.lent.pop(receipt, "") for receipt in asked["ackIds"]}
        self.waiting = [each for each in self.waiting if each["messageId"] not in done]
        return 200, {}

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


def refused(status: int, word: str, sentence: str) -> tuple[int, Message]:
    """How Google's newer APIs say no."""
    return status, {"error": {"code": status, "message": sentence, "status": word}}


@contextmanager
def serving(pubsub: PubSub) -> Iterator[str]:
    """Where its REST API is."""

    class Handler(Quiet):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            path = unquote(self.path.partition("?")[0])
            status, found = pubsub.answer(path, token, json.loads(body))
            with suppress(OSError):  # who waited may have gone
                self.send(status, json.dumps(found).encode(), {"Content-Type": "application/json"})

    with listening(Handler) as port:
        yield f"http://{LOOPBACK}:{port}"


def data_of(value: Any) -> str:
    """A message's data."""
    return base64.b64encode(json.dumps(value).encode()).decode()
