"""What a request to Graph may look like: Microsoft's own request builders, and documented rules.

The templates and property names come out of the wheel of msgraph-sdk (tests/graph_builders.py), the
rules from the pages of Microsoft that each names.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

FACTS = json.loads((Path(__file__).parents[1] / "data" / "graph_requests.json").read_text())
STATE = {"$deltatoken", "$skiptoken"}  # links of Microsoft's own, which no builder makes
# learn.microsoft.com/graph/outlook-immutable-id
IMMUTABLE = 'IdType="ImmutableId"'
# The only filters that all messages, and deltas, take: learn.microsoft.com/graph/api/message-delta
_SINCE = re.compile(r"receivedDateTime (?:ge|gt) \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
# The forms of ids: learn.microsoft.com/graph/api/resources/extended-properties-overview
_GUID = r"\{[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}"
_PROPERTY = rf"id eq '(?:(?:String|Integer) {_GUID} Name [\w-]+|Integer 0x[0-9a-fA-F]+)'"
_EXPAND = re.compile(rf"singleValueExtendedProperties\(\$filter={_PROPERTY}(?: or {_PROPERTY})*\)")
# What a folder's messages are looked for by; the second form is that of
# learn.microsoft.com/graph/api/singlevaluelegacyextendedproperty-get
_BY_ID = re.compile(r"internetMessageId eq '(<[^'<>]+>)'")
_BY_PROPERTY = re.compile(
    rf"singleValueExtendedProperties/Any\(ep: ep/(?P<id>{_PROPERTY})"
    r" and ep/value eq '(?P<value>[^']+)'\)"
)
_MODEL = {
    "mailFolders": "mail_folder",
    "messages": "message",
    "events": "event",
    "calendarView": "event",
    "contacts": "contact",
    "contactFolders": "contact_folder",
    "subscriptions": "subscription",
}


class Wrong(Exception):
    """The request is none that Microsoft's client would send."""


@dataclass(frozen=True)
class Request:
    """One request: `segments` without "me" or "users/<who>", `query` decoded."""

    method: str
    who: str
    segments: tuple[str, ...]
    query: dict[str, str]
    prefer: str = ""


def read(method: str, url: str, prefer: str = "") -> Request:
    """The request behind a path below /v1.0. Raises Wrong."""
    parts = urlsplit(url)
    segments = tuple(unquote(each) for each in parts.path.strip("/").split("/"))
    # Links of Microsoft's write mailfolders('id') for mailFolders/id.
    segments = tuple(
        piece for each in segments for piece in (re.sub(r"\('(.*)'\)$", r"/\1", each).split("/", 1))
    )
    who = ""
    if segments[0] == "me":
        who, segments = "me", segments[1:]
    elif segments[0] == "users":
        who, segments = segments[1], segments[2:]
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if len({name for name, _ in pairs}) < len(pairs):
        raise Wrong("an option is given twice")
    found = Request(method, who, segments, dict(pairs), prefer)
    _check(found)
    return found


def _check(request: Request) -> None:
    known = _options(request)
    state = STATE & request.query.keys()
    if state and (request.segments[-1] != "delta" or len(request.query) > 1):
        raise Wrong("a state token stands alone in a delta link")
    unknown = request.query.keys() - known - state
    if unknown:
        raise Wrong(f"options that no builder has: {sorted(unknown)}")
    _check_values(request)


def _options(request: Request) -> set[str]:
    path = [*(("users", "{}") if request.who else ()), *request.segments]
    for template, options in FACTS["requests"].items():
        method, _, wanted = template.partition(" ")
        pieces = wanted.strip("/").split("/")
        if (
            method == request.method
            and len(pieces) == len(path)
            and all(
                piece == "{}" or piece.lower() == given.lower()
                for piece, given in zip(pieces, path, strict=True)
            )
        ):
            return set(options)
    raise Wrong(f"no builder makes {request.method} {'/'.join(path)}")


def _check_values(request: Request) -> None:
    is_mail = "messages" in request.segments
    if IMMUTABLE not in request.prefer and request.method == "GET":
        raise Wrong("without immutable ids")
    selected = [each for each in request.query.get("$select", "").split(",") if each]
    strange = set(selected) - set(FACTS["properties"][model_of(request)])
    if strange:
        raise Wrong(f"no such properties: {sorted(strange)}")
    if "$filter" in request.query and is_mail:
        _check_filter(request)
    if "$expand" in request.query and not _EXPAND.fullmatch(request.query["$expand"]):
        raise Wrong("an expansion that is none")
    # "Using filter and orderby" of learn.microsoft.com/graph/api/user-list-messages
    order = request.query.get("$orderby", "")
    if order and "$filter" in request.query and not order.startswith("receivedDateTime"):
        raise Wrong("InefficientFilter")
    # learn.microsoft.com/graph/delta-query-events says so
    if "calendarView" in request.segments and selected:
        raise Wrong("calendarView/delta takes no $select")
    if "internetMessageHeaders" in selected and len(request.segments) != 2:
        raise Wrong("internetMessageHeaders is told of one message alone")


def _check_filter(request: Request) -> None:
    text = request.query["$filter"]
    is_folder = request.segments[:1] == ("mailFolders",) and request.segments[-1] == "messages"
    if not _SINCE.fullmatch(text) and not (
        is_folder and (_BY_ID.fullmatch(text) or _BY_PROPERTY.fullmatch(text))
    ):
        raise Wrong("a filter that messages do not take")


def wanted(text: str) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a message fits a filter of a folder's messages; any fits none."""
    if by_id := _BY_ID.fullmatch(text):
        return lambda message: message["internetMessageId"] == by_id[1]
    if by_property := _BY_PROPERTY.fullmatch(text):
        name = by_property["id"].removeprefix("id eq '").removesuffix("'")
        return lambda message: message["_properties"].get(name) == by_property["value"]
    return lambda _message: True


def model_of(request: Request) -> str:
    """The model that the request's answer has."""
    named = [each for each in request.segments if each in _MODEL]
    return _MODEL[named[-1]] if named else "user"


def onward(
    request: Request, url: str, state: str, *, is_over: bool, where: str = ""
) -> dict[str, str]:
    """The link of a delta's page: to the next round if this one is over, else to its next page.

    `where` is the path that the link has, if it is not the request's own.
    """
    name, kind = ("deltatoken", "deltaLink") if is_over else ("skiptoken", "nextLink")
    who = "me" if request.who == "me" else f"users/{request.who}"
    path = where or "/".join(request.segments)
    return {f"@odata.{kind}": f"{url}/v1.0/{who}/{path}?${name}={state}"}


def page_size(prefer: str, usual: int) -> int:
    """The page's size that the header asks for (odata.maxpagesize)."""
    found = re.search(r"odata\.maxpagesize=(\d+)", prefer)
    return int(found[1]) if found else usual
