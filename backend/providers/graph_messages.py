"""One message of Graph's, asked for by its parts and read as the mail it was.

Source: learn.microsoft.com/graph/api/message-get, api/singlevaluelegacyextendedproperty-get;
[MS-OXCEXT] 2.2.5 (an add-in's own properties), [MS-OXCMSG] 2.2.1.13 (sensitivity).
"""

from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson

from backend.providers import graph_mime
from backend.providers.graph import Ask, Gone, Graph
from backend.providers.graph_folders import DRAFT, SENT, SPAM, TRASH, Folders
from backend.providers.mail import Fetched, FetchedMail, Unreadable

MAX_RAW = 10_000_000
FIELDS = (
    "id,conversationId,internetMessageId,parentFolderId,isDraft,receivedDateTime,sentDateTime,"
    "subject,body,from,sender,toRecipients,ccRecipients,bccRecipients,internetMessageHeaders"
)
SENSITIVITY = "Integer 0x36"
HEADER = "String {00020386-0000-0000-C000-000000000046} Name x-telltale-stamp"
PROPERTY = "telltale-stamp"  # within the add-in's own properties


class Messages:
    """The messages of one mailbox; sent copies carry the mark of the add-in with that id."""

    def __init__(self, graph: Graph, address: str, addin_id: str) -> None:
        self._graph = graph
        self._address = address
        self._marks = f"String {{00020329-0000-0000-C000-000000000046}} Name cecp-{addin_id}"

    def ask(self, message_id: str) -> Ask:
        """The request for a message."""
        wanted = " or ".join(f"id eq '{each}'" for each in (SENSITIVITY, HEADER, self._marks))
        expand = quote(f"singleValueExtendedProperties($filter={wanted})")
        return Ask(f"{self._where(message_id)}?$select={FIELDS}&$expand={expand}")

    def read(self, message_id: str, found: dict[str, Any], folders: Folders) -> Fetched:
        """The mail in an answer; a report's bytes are fetched. Raises ProviderError as Graph."""
        try:
            return self._read(message_id, found, folders)
        except Gone:
            return None
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            return Unreadable(type(error).__name__)
        except Unreadable as error:
            return error

    def _read(self, message_id: str, found: dict[str, Any], folders: Folders) -> FetchedMail:
        properties = {
            str(each["id"]).lower(): str(each["value"])
            for each in found.get("singleValueExtendedProperties") or []
        }
        received_at = datetime.fromisoformat(found["receivedDateTime"])
        if graph_mime.is_report(found):
            raw = self._graph.raw(f"{self._where(message_id)}/$value", MAX_RAW)
        else:
            raw = graph_mime.mime_of(found, properties.get(SENSITIVITY.lower(), ""))
        place = folders.place_of(str(found.get("parentFolderId")))
        mark = _mark(properties.get(self._marks.lower(), ""))
        return FetchedMail(
            message_id,
            str(found.get("conversationId") or ""),
            received_at,
            is_sent=self._is_sent(found, place),
            is_draft=bool(found.get("isDraft")) or place in DRAFT,
            is_spam=place in SPAM,
            is_trash=place in TRASH,
            raw=raw,
            mark=mark or properties.get(HEADER.lower(), ""),
        )

    def _is_sent(self, found: dict[str, Any], place: str) -> bool:
        """In Sent Items, or put elsewhere by its sender: then no server has handed it over."""
        if place in SENT:
            return True
        sender = ((found.get("from") or {}).get("emailAddress") or {}).get("address") or ""
        is_own = sender.lower() == self._address
        return is_own and not found.get("isDraft") and not graph_mime.is_received(found)

    def _where(self, message_id: str) -> str:
        return self._graph.path(f"messages/{quote(message_id, safe='')}")


def _mark(properties: str) -> str:
    """The stamp's id among the add-in's properties, which are JSON."""
    try:
        found = orjson.loads(properties)
    except orjson.JSONDecodeError:
        return ""
    return str(found.get(PROPERTY, "")) if isinstance(found, dict) else ""
