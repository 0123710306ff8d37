"""Microsoft Graph as far as sync asks it: nobody else has written one with mail's delta.

It imports nothing of backend/. Its payloads are those of Microsoft's pages (graph_payloads.py), and
it takes only requests that Microsoft's own client would send (graph_rules.py): what it refuses for
that stands in `complaints`.
"""

import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tests.fakes import graph_contacts, graph_events, graph_payloads, graph_rules
from tests.fakes.graph_contacts import GraphContacts
from tests.fakes.graph_events import GraphEvents
from tests.fakes.graph_mail import GraphBox, Token, selected
from tests.fakes.graph_notices import GraphNotices
from tests.fakes.graph_payloads import Payload
from tests.fakes.graph_rules import Request, Wrong
from tests.fakes.graph_sending import GraphSending

MOST_IN_BATCH = 20  # learn.microsoft.com/graph/json-batching ("Batch size limitations")
_PROPERTY = re.compile(r"id eq '([^']*)'")


@dataclass(frozen=True)
class Answer:
    """What one request gets; `body` is JSON, or bytes for $value."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """Refuses the next request whose path has `where` in it."""

    where: str
    status: int
    body: Payload
    retry_after: str = ""


@dataclass
class GraphWorld:
    """Boxes by address; `tokens` say whose box an access token opens ("*" = an app's own)."""

    url: str = ""
    boxes: dict[str, GraphBox] = field(default_factory=dict)
    calendars: dict[str, GraphEvents] = field(default_factory=dict)
    books: dict[str, GraphContacts] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    notices: GraphNotices = field(default_factory=GraphNotices)
    sending: GraphSending = field(default_factory=GraphSending)
    faults: deque[Fault] = field(default_factory=deque)
    complaints: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)  # over HTTP
    asked: list[str] = field(default_factory=list)  # also those within a batch

    def box(self, address: str, token: str = "", **more: Any) -> GraphBox:
        """A mailbox that this access token opens."""
        self.boxes[address] = GraphBox(address, **more)
        if token:
            self.tokens[token] = address
        return self.boxes[address]

    def answer(
        self, method: str, url: str, prefer: str, token: str, body: Payload | None = None
    ) -> Answer:
        """What one request gets, alone or within a batch."""
        self.asked.append(f"{method} {url.partition('?')[0]}")
        for fault in self.faults:
            if fault.where in url:
                self.faults.remove(fault)
                after = {"Retry-After": fault.retry_after} if fault.retry_after else {}
                return Answer(fault.status, fault.body, after)
        whose = self.tokens.get(token)
        if whose is None:
            return Answer(401, graph_payloads.UNAUTHENTICATED)
        try:
            request = graph_rules.read(method, url, prefer)
            if request.segments[0:1] == ("subscriptions",):
                return self._of_subscriptions(request, body or {})
            return self._of_box(request, whose, body)
        except Wrong as error:
            self.complaints.append(f"{method} {url[:200]}: {error}")
            return Answer(400, graph_payloads.error("BadRequest", str(error)))

    def batch(self, asked: Payload, token: str) -> Answer:
        """Each request's answer, in another order than they were asked in."""
        requests = asked.get("requests", [])
        ids = [each.get("id") for each in requests]
        if not requests or len(requests) > MOST_IN_BATCH or len(set(ids)) < len(ids):
            self.complaints.append(f"a batch of {len(requests)}")
            return Answer(400, graph_payloads.error("BadRequest", "Invalid batch payload format."))
        if token not in self.tokens:
            return Answer(401, graph_payloads.UNAUTHENTICATED)
        answers = []
        for each in reversed(requests):
            prefer = {k.lower(): v for k, v in each.get("headers", {}).items()}.get("prefer", "")
            found = self.answer(each["method"], each["url"], prefer, token)
            answers.append(
                {
                    "id": each["id"],
                    "status": found.status,
                    "headers": {"Content-Type": "application/json"} | found.headers,
                    "body": found.body,
                }
            )
        return Answer(200, {"responses": answers})

    def _of_box(self, request: Request, whose: str, body: Payload | None) -> Answer:
        address = whose if request.who == "me" else request.who
        is_its_own = whose in {"*", address} and (whose == "*") != (request.who == "me")
        if not is_its_own or address not in self.boxes:
            return Answer(403, graph_payloads.DENIED)
        box = self.boxes[address]
        if request.segments[:1] in {("events",), ("calendarView",)}:
            events = self.calendars.setdefault(address, GraphEvents())
            return Answer(*graph_events.answer(events, request, self.url))
        if request.segments[:1] in {("contacts",), ("contactFolders",)}:
            book = self.books.setdefault(address, GraphContacts())
            return Answer(*graph_contacts.answer(book, request, self.url))
        return self._of_mail(box, request, body)

    def _of_mail(self, box: GraphBox, request: Request, body: Payload | None) -> Answer:
        match request.segments:
            case ():
                return Answer(200, selected(_user(box), request.query.get("$select", "")))
            case ("sendMail",) if body is not None:
                self.sending.send(box, body)
                return Answer(202, b"")
            case ("messages",):
                return self._list(box, request)
            case ("mailFolders", _, "messages"):
                return Answer(200, {"value": self.sending.listed(box, request)})
            case ("messages", message_id):
                return _message(box, request, message_id)
            case ("messages", message_id, "$value"):
                return _raw(box, message_id)
            case ("mailFolders", folder) if folder != "delta":
                return _folder(box, request, folder)
            case ("mailFolders" | "mailfolders", "delta"):
                return self._delta(box, request, "")
            case ("mailFolders" | "mailfolders", folder, "messages", "delta"):
                if box.folder(folder) not in box.folders:
                    return Answer(404, graph_payloads.NOT_FOUND)
                return self._delta(box, request, box.folder(folder))
        raise Wrong("the fake has no such part")

    def _of_subscriptions(self, request: Request, body: Payload) -> Answer:
        if request.method == "POST":
            made = self.notices.subscribe(body)
            refused = graph_payloads.error("ValidationError", "Subscription validation failed.")
            return Answer(201, made) if made else Answer(400, refused)
        if request.method == "DELETE":
            gone = self.notices.subscriptions.pop(request.segments[1], None)
            return Answer(204, None) if gone else Answer(404, graph_payloads.NOT_FOUND)
        found = self.notices.renew(request.segments[1], body)
        return Answer(200, found) if found else Answer(404, graph_payloads.NOT_FOUND)

    def _list(self, box: GraphBox, request: Request) -> Answer:
        since = request.query.get("$filter", " ge ").rpartition(" ge ")[2]
        found = [each for each in box.messages.values() if each["receivedDateTime"] >= since]
        found.sort(key=lambda each: str(each["receivedDateTime"]), reverse=True)
        start = int(request.query.get("$skip", 0))
        size = int(request.query.get("$top", 10))
        shown = found[start : start + size]
        body: Payload = {
            "value": [selected(each, request.query.get("$select", "")) for each in shown]
        }
        if request.query.get("$count") == "true":
            body["@odata.count"] = len(found)
        if start + size < len(found):
            query = {**request.query, "$skip": str(start + size)}
            text = "&".join(f"{name}={value.replace(' ', '%20')}" for name, value in query.items())
            body["@odata.nextLink"] = f"{self.url}/v1.0/me/messages?{text}"
        return Answer(200, body)

    def _delta(self, box: GraphBox, request: Request, folder: str) -> Answer:
        token = self._token(box, request, folder)
        if token is None:
            return Answer(410, graph_payloads.SYNC_STATE_NOT_FOUND)
        size = graph_rules.page_size(request.prefer, box.usual_page)
        shown, later, is_over = box.page(token, size)
        state = f"GwcBoTmPuoTQWfcsAbkYM{len(box.tokens)}"
        box.tokens[state] = later
        where = f"mailfolders('{folder}')/messages/delta" if folder else "mailfolders/delta"
        onward = graph_rules.onward(request, self.url, state, is_over=is_over, where=where)
        return Answer(200, {"@odata.context": "…", **onward, "value": shown})

    def _token(self, box: GraphBox, request: Request, folder: str) -> Token | None:
        for name in graph_rules.STATE:
            if name in request.query:
                return box.tokens.get(request.query[name])
        select = request.query.get("$select", "")
        if not folder:
            return Token("", 0, "", select)
        since = request.query.get("$filter", " ge ").rpartition(" ge ")[2]
        return box.first(folder, since, select)


def _user(box: GraphBox) -> Payload:
    proxies = [f"SMTP:{box.address}", *(f"smtp:{each}" for each in box.aliases)]
    values = {"mail": box.address, "userPrincipalName": box.address, "proxyAddresses": proxies}
    return graph_payloads.USER | values


def _message(box: GraphBox, request: Request, message_id: str) -> Answer:
    message = box.messages.get(message_id)
    if message is None:
        return Answer(404, graph_payloads.NOT_FOUND)
    body = selected(message, request.query.get("$select", ""))
    wanted = _PROPERTY.findall(request.query.get("$expand", ""))
    kept = [{"id": each, "value": message["_properties"][each]} for each in wanted
            if each in message["_properties"]]  # fmt: skip
    if kept:
        body["singleValueExtendedProperties"] = kept
    return Answer(200, body)


def _raw(box: GraphBox, message_id: str) -> Answer:
    if message_id not in box.messages:
        return Answer(404, graph_payloads.NOT_FOUND)
    return Answer(200, box.raws[message_id], {"Content-Type": "text/plain"})


def _folder(box: GraphBox, request: Request, name: str) -> Answer:
    found = box.folders.get(box.folder(name))
    if not found:
        return Answer(404, graph_payloads.NOT_FOUND)
    return Answer(200, selected(found, request.query.get("$select", "")))
