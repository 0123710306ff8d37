"""Gmail's users.watch and users.stop, in front of a Gmail that others wrote and that has neither.

Payloads: developers.google.com/workspace/gmail/api/guides/push and the discovery document gmail.v1.
Refusals: their texts as github.com/googleapis/google-api-nodejs-client issues 1301 and 3593 and
dacastro4/laravel-gmail issue 285 show them.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from backend import clock
from tests.fakes.listening import Quiet, listening
from tests.fakes.pubsub import PubSub
from tests.waiting import LOOPBACK

LIFE = timedelta(days=7)
ASKED = {"topicName", "labelIds", "labelFilterBehavior"}
LABELS = {"INBOX", "SENT", "DRAFT", "SPAM", "TRASH", "UNREAD", "STARRED", "IMPORTANT", "CHAT"}
Answer = tuple[int, Any]


@dataclass
class GmailWatches:
    """Who is watched with which topic, and until when; `project` is that of the OAuth client."""

    behind: str
    pubsub: PubSub
    url: str = ""
    project: str = "ours-crm"
    watches: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)  # watch and stop, with the mailbox
    is_away: bool = False

    def changed(self, address: str, history: int = 9_876) -> None:
        """Something in that mailbox did: whoever watches it is told."""
        watch = self.watches.get(address)
        if watch is not None and watch["ends_at"] > clock.now():
            self.pubsub.publish(address, history)

    def answer(self, what: str, address: str, asked: dict[str, Any]) -> Answer:
        """What a watch or a stop gets."""
        self.calls.append(f"{what} {address}")
        if self.is_away:
            return 503, _error(503, "The service is currently unavailable.", "backendError")
        if what == "stop":
            self.watches.pop(address, None)
            return 204, None
        refused = self._refusal(address, asked)
        if refused is not None:
            return refused
        ends_at = clock.now() + LIFE
        self.watches[address] = asked | {"ends_at": ends_at}
        self.changed(address)  # a watch that succeeds is told of at once
        return 200, {"historyId": "9876", "expiration": str(int(ends_at.timestamp() * 1000))}

    def _refusal(self, address: str, asked: dict[str, Any]) -> Answer | None:
        topic = asked.get("topicName", "")
        assert set(asked) <= ASKED, asked
        assert set(asked["labelIds"]) <= LABELS
        assert asked["labelFilterBehavior"] in {"include", "exclude"}
        if not topic.startswith(f"projects/{self.project}/topics/"):
            said = f"Invalid topicName does not match projects/{self.project}/topics/*"
            return 400, _error(400, said, "invalidArgument")
        if self.watches.get(address, asked)["topicName"] != topic:
            said = "Only one user push notification client allowed per developer"
            return 400, _error(400, said, "failedPrecondition")
        sending = f"Error sending test message to Cloud PubSub {topic} : "
        if topic not in self.pubsub.publishers:
            if topic in self.pubsub.topics:
                said = f"{sending}User not authorized to perform this action."
                return 403, _error(403, said, "forbidden")
            return 404, _error(404, f"{sending}Resource not found (resource=gmail).", "notFound")
        return None


class Handler(Quiet):
    """Answers watch and stop, and hands everything else on."""

    watches: ClassVar[GmailWatches]

    def do_GET(self) -> None:
        self._hand_on(None)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        what = self.path.partition("?")[0].rpartition("/")[2]
        if what not in {"watch", "stop"}:
            self._hand_on(body)
            return
        profile = self._behind("/gmail/v1/users/me/profile", None)
        if profile[0] != 200:
            self.send(*profile)
            return
        asked = json.loads(body or b"{}")
        status, found = self.watches.answer(what, json.loads(profile[1])["emailAddress"], asked)
        raw = b"" if found is None else json.dumps(found).encode()
        self.send(status, raw, {"Content-Type": "application/json"})

    def _hand_on(self, body: bytes | None) -> None:
        status, found = self._behind(self.path, body)
        self.send(status, found, {"Content-Type": "application/json"})

    def _behind(self, path: str, body: bytes | None) -> tuple[int, bytes]:
        named = ("Authorization", "Content-Type")
        headers = {name: self.headers[name] for name in named if name in self.headers}
        request = urllib.request.Request(f"{self.watches.behind}{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


@contextmanager
def watching(behind: str, pubsub: PubSub) -> Iterator[GmailWatches]:
    """On a port of its own, in front of the Gmail at that address."""
    watches = GmailWatches(behind, pubsub)
    with listening(type("ItsHandler", (Handler,), {"watches": watches})) as port:
        watches.url = f"http://{LOOPBACK}:{port}"
        yield watches


def _error(code: int, message: str, reason: str) -> dict[str, Any]:
    each = {"message": message, "domain": "global", "reason": reason}
    return {"error": {"code": code, "message": message, "errors": [each]}}
