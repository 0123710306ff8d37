"""Graph's change and lifecycle notifications: subscribing, renewing, and reading what comes.

Source: learn.microsoft.com/graph/api/subscription-post-subscriptions,
change-notifications-overview, change-notifications-lifecycle-events (2026).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from backend.providers.graph import Gone, Graph
from backend.providers.mail import PlaceLost, TryLater
from backend.providers.push import Channel, Notice, Subscribed

_ID = re.compile(r"[\w-]{1,100}", re.ASCII)
_ENDING = frozenset({"reauthorizationRequired", "subscriptionRemoved"})
RESOURCES = {"mail": ("messages", "created"), "calendar": ("events", "created,updated,deleted")}


class GraphPush:
    """The subscriptions of one mailbox; `url` is where Microsoft is to tell."""

    kinds: tuple[str, ...] = ("mail", "calendar")

    def __init__(self, graph: Graph, url: str) -> None:
        self._graph, self._url = graph, url

    def subscribe(self, channel: Channel) -> Subscribed:
        """Microsoft asks both addresses for an answer before it says yes."""
        resource, kinds = RESOURCES[channel.kind]
        body = {
            "changeType": kinds,
            "notificationUrl": self._url,
            "lifecycleNotificationUrl": self._url,
            "resource": self._graph.path(resource),
            "expirationDateTime": _written(channel.until),
            "clientState": channel.secret,
        }
        return _subscribed(self._graph.send("POST", "/subscriptions", body))

    def renew(self, provider_id: str, until: datetime) -> Subscribed:
        """Renewing answers a demand to reauthorize, too."""
        body = {"expirationDateTime": _written(until)}
        try:
            return _subscribed(self._graph.send("PATCH", f"/subscriptions/{provider_id}", body))
        except Gone as error:
            raise PlaceLost(error.code) from None

    def end(self, provider_id: str) -> None:
        """Give it up; Microsoft may have done so before."""
        with suppress(Gone):
            self._graph.delete(f"/subscriptions/{provider_id}")


def notices(body: Mapping[str, Any]) -> Iterator[Notice]:
    """The notifications in a delivery; what is no notification is left out."""
    found = body.get("value")
    for each in found if isinstance(found, list) else ():
        subscription = each.get("subscriptionId") if isinstance(each, dict) else None
        if not isinstance(subscription, str) or not _ID.fullmatch(subscription):
            continue
        told = each.get("resourceData")
        data: Mapping[str, Any] = told if isinstance(told, dict) else {}
        event = str(each.get("lifecycleEvent") or "")
        facts = (each.get("id"), each.get("changeType"), data.get("id"), data.get("@odata.etag"))
        yield Notice(
            subscription,
            str(each.get("clientState") or ""),
            event,
            "|".join(str(fact or "") for fact in facts),
            is_ending=event in _ENDING,
        )


def _subscribed(found: Mapping[str, Any]) -> Subscribed:
    try:
        ends_at = datetime.fromisoformat(str(found["expirationDateTime"]))
        return Subscribed(str(found["id"]), ends_at.astimezone(UTC))
    except (KeyError, ValueError):
        raise TryLater("no_subscription") from None


def _written(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
