"""Sending a mail by Graph and finding it again, with an access token that is not kept.

`sendMail` needs Mail.Send and no more, where a draft would need Mail.ReadWrite; but it answers
without an id. So the mail carries a property of ours, which stays with the sender's copy and leads
to it in Sent Items; the copy tells the Message-ID by which the inbox is searched.

Source: learn.microsoft.com/graph: api/user-sendmail, api/singlevaluelegacyextendedproperty-get,
api/user-list-messages, permissions of api/message-send and api/user-post-messages (2026).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from backend.errors import Forbidden, Unavailable
from backend.mail.parsed import parse
from backend.providers.graph import Graph
from backend.providers.mail import NeedsAdmin, NeedsReauth, ProviderError

MARK = "String {6c3f8b52-90d4-4e1b-a7c6-2f5d1e8ab340} Name telltale-loop-test"
MAX_RAW = 1_000_000

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class GraphPost:
    """A mailbox that sends a mail and is searched for it. Every call raises Forbidden, Unavailable.

    Between accepting a mail and its copy in Sent Items Exchange takes its time.
    """

    url: str
    token: str = field(repr=False)
    authority: Path | None = None

    def post(self, raw: bytes) -> str:
        """Send the mail; the mark that its copy carries. After Unavailable nobody knows."""
        mark = secrets.token_hex(16)
        body = {"message": _message(raw, mark), "saveToSentItems": True}
        self._ask(lambda graph: graph.act(graph.path("sendMail"), body))
        return mark

    def sent(self, mark: str) -> str | None:
        """The Message-ID of the copy in Sent Items, None while there is none."""
        wanted = f"ep/id eq '{MARK}' and ep/value eq '{mark}'"
        found = self._first("sentitems", f"singleValueExtendedProperties/Any(ep: {wanted})")
        return str(found["internetMessageId"]) if found else None

    def find(self, internet_message_id: str) -> str | None:
        """The id of the mail with that Message-ID in the inbox, None while it is not there."""
        text = internet_message_id.replace("'", "''")
        found = self._first("inbox", f"internetMessageId eq '{text}'")
        return str(found["id"]) if found else None

    def raw(self, message_id: str) -> bytes:
        """The mail as the mailbox holds it."""
        path = f"messages/{quote(message_id, safe='')}/$value"
        return self._ask(lambda graph: graph.raw(graph.path(path), MAX_RAW))

    def _first(self, folder: str, wanted: str) -> dict[str, Any] | None:
        query = f"$filter={quote(wanted)}&$select=id,internetMessageId&$top=1"
        path = f"mailFolders/{folder}/messages?{query}"
        found = self._ask(lambda graph: graph.get(graph.path(path))).get("value") or []
        return dict(found[0]) if found else None

    def _ask(self, call: Callable[[Graph], _Found]) -> _Found:
        graph = Graph.opened(self.url, lambda _anew: self.token, self.authority)
        try:
            return call(graph)
        except (NeedsReauth, NeedsAdmin):
            raise Forbidden("problems.provider_refused") from None
        except ProviderError:
            raise Unavailable("problems.provider_away") from None
        finally:
            graph.close()


def _message(raw: bytes, mark: str) -> dict[str, Any]:
    """The mail as Graph takes one: Exchange makes the text part of the HTML by itself."""
    mail = parse(raw)
    return {
        "subject": mail.subject,
        "body": {"contentType": "HTML", "content": mail.html},
        "toRecipients": [{"emailAddress": {"address": each.address}} for each in mail.to],
        "singleValueExtendedProperties": [{"id": MARK, "value": mark}],
    }
