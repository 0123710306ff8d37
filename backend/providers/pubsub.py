"""What Pub/Sub brings of Gmail: which mailbox changed, and nothing that is believed beyond that.

Source: docs.cloud.google.com/pubsub/docs/push (the wrapped message), and
developers.google.com/workspace/gmail/api/guides/push (its data), both 2026. The historyId beside
the address is not read: where the changes go on is known here, and a message may be old.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from backend.mail.addresses import normalise

# Names of resources, by docs.cloud.google.com/pubsub/docs/pubsub-basics (2026).
_NAME = "[A-Za-z][A-Za-z0-9._~+%-]{2,254}"
_PROJECT = "[a-z0-9.:-]{4,100}"  # an older one may begin with its domain: example.com:project
TOPIC = re.compile(rf"projects/{_PROJECT}/topics/{_NAME}")
SUBSCRIPTION = re.compile(rf"projects/{_PROJECT}/subscriptions/{_NAME}")
_ID = re.compile(r"[\w-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Told:
    """A message of Gmail's: its id at Pub/Sub, and the address of the mailbox that changed."""

    id: str
    address: str


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
