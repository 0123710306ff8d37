"""Google's People API as far as sync asks it: nobody else's fake has its sync tokens.

It imports nothing of backend/. It takes only what the discovery document of Google's own client
describes, wants the same parameters in each call of a round, and answers in that document's shapes;
its refusals are those of the page people.connections/list and of google.aip.dev/193.
"""

import itertools
import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.listening import Quiet, listening
from tests.waiting import LOOPBACK

Person = dict[str, Any]
Query = dict[str, str]
Answer = tuple[int, dict[str, Any]]
DOCUMENT = json.loads(
    (resources.files("googleapiclient") / "discovery_cache/documents/people.v1.json").read_text()
)
_CONNECTIONS = DOCUMENT["resources"]["people"]["resources"]["connections"]
PARAMETERS = {*_CONNECTIONS["methods"]["list"]["parameters"], *DOCUMENT["parameters"]}
TOKENS = ("pageToken", "syncToken")


@dataclass
class Book:
    """Somebody's contacts; `log` has the resource names of what changed."""

    people: dict[str, Person] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    former: dict[str, list[str]] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def put(self, name: str, *addresses: str, company: str = "", **more: Any) -> str:
        """A new contact; its resource name."""
        resource = f"people/c{next(self.numbers)}"
        self.people[resource] = {}
        self.change(resource, name, *addresses, company=company, **more)
        return resource

    def change(
        self, resource: str, name: str, *addresses: str, company: str = "", **more: Any
    ) -> None:
        """Somebody edits it; further values stand in front of the main one, as they may."""
        of_it = {"source": {"type": "CONTACT", "id": resource[8:]}}
        main = {"metadata": {"primary": True, **of_it}}
        person: Person = {"resourceName": resource, "etag": f"%Eg{len(self.log)}"}
        if name:
            person["names"] = [{**main, "displayName": name, "unstructuredName": name}]
        if addresses:
            others = [{"metadata": of_it, "value": each} for each in addresses[1:]]
            person["emailAddresses"] = [*others, {**main, "value": addresses[0]}]
        if company:
            old = {"metadata": of_it, "name": "Where she was before"}
            person["organizations"] = [old, {**main, "name": company, "current": True}]
        self.people[resource] = person | more
        self.log.append(resource)

    def remove(self, resource: str) -> None:
        """Somebody deletes it."""
        del self.people[resource]
        self.log.append(resource)

    def rename(self, resource: str) -> str:
        """It was linked with a profile: it has another resource name now."""
        new = f"people/p{next(self.numbers)}"
        self.people[new] = self.people.pop(resource) | {"resourceName": new}
        self.former[new] = [resource]
        self.log.append(new)
        return new


@dataclass
class _Round:
    """What the calls of a round share."""

    query: Query
    names: list[str]
    is_sync: bool
    end: int


@dataclass
class PeopleApi:
    """Books by access token; `faults` are the next calls' answers."""

    url: str = ""
    books: dict[str, Book] = field(default_factory=dict)
    faults: deque[Answer] = field(default_factory=deque)
    calls: list[Query] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    has_scope: bool = True
    oldest: int = 0  # sync tokens from before are over
    rounds: dict[str, _Round] = field(default_factory=dict)

    def answer(self, path: str, token: str) -> Answer:
        """What one call gets."""
        parts = urlsplit(path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.calls.append(query)
        if self.faults:
            return self.faults.popleft()
        if token not in self.books:
            return refusal(401, "UNAUTHENTICATED", "authError")
        if not self.has_scope:
            return refusal(403, "PERMISSION_DENIED", "insufficientPermissions",
                           "ACCESS_TOKEN_SCOPE_INSUFFICIENT")  # fmt: skip
        if parts.path != "/v1/people/me/connections":
            return refusal(404, "NOT_FOUND", "notFound")
        return self._list(self.books[token], query)

    def expire(self) -> None:
        """Seven days have passed since the last full round."""
        self.oldest = len(self.rounds)

    def _list(self, book: Book, query: Query) -> Answer:
        unknown = query.keys() - PARAMETERS
        if unknown or not query.get("personFields"):
            self.complaints.append(f"{sorted(unknown)} {query}")
            return refusal(400, "INVALID_ARGUMENT", "badRequest")
        asked = {name: value for name, value in query.items() if name not in TOKENS}
        known = self.rounds.get(query.get("pageToken") or query.get("syncToken") or "")
        if known is None:
            if query.keys() & set(TOKENS):
                return refusal(400, "INVALID_ARGUMENT", "badRequest")
            known = _Round(asked, list(book.people), False, len(book.log))
        elif known.query != asked:
            self.complaints.append(f"other parameters than in the first call: {asked}")
            return refusal(400, "INVALID_ARGUMENT", "badRequest")
        elif "pageToken" not in query:
            if int(query["syncToken"].rpartition("-")[2]) < self.oldest:
                return expired()
            changed = list(dict.fromkeys(book.log[known.end :]))
            known = _Round(asked, changed, True, len(book.log))
        return 200, self._page(book, known, int(query.get("pageSize") or 100))

    def _page(self, book: Book, here: _Round, size: int) -> dict[str, Any]:
        told = [_told(book, each, here.is_sync) for each in here.names[:size]]
        rest = _Round(here.query, here.names[size:], here.is_sync, here.end)
        state = f"{'page' if rest.names else 'sync'}-{len(self.rounds)}"
        self.rounds[state] = rest
        body: dict[str, Any] = {"totalItems": len(book.people)}
        if told:
            body["connections"] = told
        if rest.names:
            return body | {"nextPageToken": state}
        return body | ({"nextSyncToken": state} if here.query.get("requestSyncToken") else {})


def refusal(status: int, word: str, older: str, newer: str = "") -> Answer:
    """An error as Google's APIs tell it; `newer` is the reason of its ErrorInfo."""
    error: dict[str, Any] = {"code": status, "message": "…", "status": word}
    error["errors"] = [{"message": "…", "domain": "global", "reason": older}]
    if newer:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": newer, "domain": "people.googleapis.com"}]
    return status, {"error": error}


def expired() -> Answer:
    """What an old sync token gets: a 400, as github.com/garrytan/gbrain/issues/5127 tells."""
    return refusal(400, "FAILED_PRECONDITION", "failedPrecondition", "EXPIRED_SYNC_TOKEN")


def _told(book: Book, resource: str, is_sync: bool) -> Person:
    person = book.people.get(resource)
    metadata: dict[str, Any] = {"sources": [{"type": "CONTACT", "id": resource[8:]}]}
    if person is None:
        return {"resourceName": resource, "metadata": metadata | {"deleted": True}}
    if is_sync and resource in book.former:
        metadata["previousResourceNames"] = book.former[resource]
    return {**person, "metadata": metadata}


class Handler(Quiet):
    """Answers for one API."""

    api: ClassVar[PeopleApi]

    def do_GET(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        status, body = self.api.answer(self.path, token)
        headers = {"Content-Type": "application/json"}
        self.send(status, json.dumps(body).encode(), headers)


@contextmanager
def running() -> Iterator[PeopleApi]:
    """An API on a port of its own; what it complained of fails the test that caused it."""
    api = PeopleApi()
    with listening(type("ItsHandler", (Handler,), {"api": api})) as port:
        api.url = f"http://{LOOPBACK}:{port}"
        yield api
    assert api.complaints == []
