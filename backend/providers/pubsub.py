"""What Pub/Sub brings of Gmail: which mailbox changed, and nothing that is believed beyond that.

Source: docs.cloud.google.com/pubsub/docs/push (the wrapped message), the discovery document
pubsub.v1 (rev 20261027, pull and acknowledge), and its data by
developers.google.com/workspace/gmail/api/guides/push, all 2026. The historyId beside the address
is not read: where the changes go on is known here, and a message may be old.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from backend.mail.addresses import normalise
from backend.providers.google_calls import call, connection, service

# Names of resources, by docs.cloud.google.com/pubsub/docs/pubsub-basics (2026).
_NAME = "[A-Za-z][A-Za-z0-9._~+%-]{2,254}"
_PROJECT = "[a-z0-9.:-]{4,100}"  # an older one may begin with its domain: example.com:project
TOPIC = re.compile(rf"projects/{_PROJECT}/topics/{_NAME}")
SUBSCRIPTION = re.compile(rf"projects/{_PROJECT}/subscriptions/{_NAME}")
MOST = 100  # messages in one pull; a mailbox has one a second at most
ANSWER_S = 8.0  # a stop of the worker waits no longer
SIGNS = (
    (r"has not been used in project|is disabled", "pubsub_off"),
    (r"not authorized", "pull_forbidden"),
    (r"Resource not found", "pull_missing"),
)
_ID = re.compile(r"[\w-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Told:
    """A message of Gmail's: its id at Pub/Sub, and the address of the mailbox that changed."""

    id: str
    address: str


@dataclass(frozen=True, slots=True)
class Pulled:
    """What was pulled: messages, None for one that cannot be read, and what acknowledges them."""

    messages: tuple[Told | None, ...] = ()
    receipts: tuple[str, ...] = ()


class Subscription:
    """A subscription that is pulled; `endpoint` is another base address (tests)."""

    def __init__(self, name: str, credentials: Any, endpoint: str = "") -> None:
        self._name = name
        self._http = connection(credentials, ANSWER_S)
        self._all = service("pubsub", "v1", self._http, endpoint).projects().subscriptions()

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def pull(self) -> Pulled:
        """What waits, MOST at a time, or nothing. Raises ProviderError.

        It is asked for at once, though Google would rather have us wait: a wait that we ended would
        take the next message with it, until that is sent again (decision 0036).
        """
        asked = {"maxMessages": MOST, "returnImmediately": True}
        found = call(lambda: self._all.pull(subscription=self._name, body=asked), signs=SIGNS)
        received = found.get("receivedMessages")
        each = [one for one in received or () if isinstance(one, dict) and one.get("ackId")]
        return Pulled(
            tuple(told(one.get("message")) for one in each),
            tuple(str(one["ackId"]) for one in each),
        )

    def acknowledge(self, pulled: Pulled) -> None:
        """They are dealt with. Raises ProviderError; then they come again."""
        body = {"ackIds": list(pulled.receipts)}
        call(lambda: self._all.acknowledge(subscription=self._name, body=body))


def pushed(body: bytes) -> tuple[str, Told | None]:
    """The subscription that pushed, and its message; "" and None for what is neither."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "", None
    if not isinstance(found, dict):
        return "", None
    name, message = found.get("subscription"), found.get("message")
    return str(name) if isinstance(name, str) else "", told(message)


def told(message: object) -> Told | None:
    """What a message tells; None if it is none of Gmail's."""
    if not isinstance(message, Mapping):
        return None
    message_id = message.get("messageId")
    address = _data(message.get("data")).get("emailAddress")
    if not isinstance(message_id, str) or not isinstance(address, str):
        return None
    try:
        return Told(message_id, normalise(address)) if _ID.fullmatch(message_id) else None
    except ValueError:
        return None


def _data(text: object) -> Mapping[str, Any]:
    try:
        # Either alphabet: Google's pages show both.
        raw = b64decode(str(text).translate({ord("-"): "+", ord("_"): "/"}), validate=True)
        found = orjson.loads(raw)
    except (binascii.Error, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
