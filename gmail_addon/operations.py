"""What a card's buttons can ask for: nothing but this."""

from collections.abc import Callable, Mapping
from typing import Any

from backend.errors import Forbidden
from gmail_addon.answers import Answer, told
from gmail_addon.asking import STATE, Ask
from gmail_addon.handlers import compose, home, mail, message, sending, settings

Operation = Callable[[Ask, Mapping[str, Any]], Answer]

OPERATIONS: Mapping[str, Operation] = {
    "feed": home.show,
    "mail": mail.show,
    "stop": mail.stop,
    "adding": message.show_adding,
    "add_person": message.add_person,
    "track": compose.track,
    "track_as_usual": compose.track_as_usual,
    "switch_off": compose.switch_off,
    "recipients": compose.recipients,
    "insert_link": compose.insert_link,
    "confirm_send": sending.confirm,
    "send_tracked": sending.send,
    "defaults": settings.defaults,
    "unlink": settings.unlink,
}

# What changes nothing but the user's own settings; the rest is for who may change something.
FOR_EVERYBODY = frozenset({"feed", "mail", "defaults", "unlink"})


def perform(ask: Ask) -> Answer:
    """Carry out the order in an event. Raises Forbidden for one that is not ours or not hers."""
    order = ask.addon.signer.read(ask.user.id, ask.event.parameters.get(STATE, ""))
    operation = OPERATIONS.get(order.operation)
    if operation is None:
        raise Forbidden("There is no such operation.")
    if ask.refusal and order.operation not in FOR_EVERYBODY:
        return told(ask.refusal)
    return operation(ask, order.data)
