"""How people are told what the queries found: who, and which state.

Every word comes from `backend.words`. What we say of a person's doings stays within what is known:
the catalogue has no word for having taken in a mail, for its arrival, or for disregard.
"""

from collections.abc import Mapping
from typing import Any

from backend.words import Language, has, t

MEDIUM = 0.8  # of confidence
# What came from a program of the reader's; replies and bounces come as mail.
BY_A_PROGRAM = frozenset({"open", "click", "unsubscribe"})
# How backend.tracking.signatures words a device; everything else in its words is a name.
HIDDEN = " (device hidden)"
UNKNOWN = "Unknown device"
DEVICES = {
    "Phone": "phone",
    "Desktop": "desktop",
    "Viewed from Mobile": "viewed_from_mobile",
}
# How backend.cli and backend.models.pairing call the tokens that they make.
COMMAND_LINE = "command line"
PANEL = "Outlook, "
# How backend.people and backend.tracking write down what was said, and by whom; all else is text.
HOWS = {
    "api": "api",
    "import": "import",
    "merge": "merge",
    "merge undone": "unmerge",
    "by hand": "hand",
    "stop-tracking page of a mail": "page",
    "address book": "address_book",
    "demo": "demo",
}
ACTORS = {
    "system": "audit_details.actor_system",
    COMMAND_LINE: "audit_details.actor_command_line",
    "import-people": "audit_details.actor_command_line",
    "demo": "audit_details.actor_demo",
    "recipient": "people.by_recipient",
}
LINK_CHARS = 80  # of a link's text in a state word; a text may be a whole paragraph

# Marks in a text that would turn our own words around it too.
TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def label_of(item: Mapping[str, Any], language: str = Language.EN) -> str:
    """The state word of a Feed item, with the link's text where it has one."""
    text = item["link"]["text"].strip().translate(TURNS) if item["link"] else ""
    if item["label"] == "clicked" and text:
        return t("states.clicked_link", language, link=shorten(text, LINK_CHARS))
    return t(f"states.{item['label']}", language)


def device_of(item: Mapping[str, Any], language: str = Language.EN) -> str:
    """What is known of the reader's device and program; of a bounce its code, "" without one."""
    said = str(item["client_label"])
    if item["kind"] not in BY_A_PROGRAM:
        return t("common.code", language, code=said) if said else ""
    return program_of(said, language)


def program_of(said: str, language: str = Language.EN) -> str:
    """A device and its program, as backend.tracking.signatures words them, for a person."""
    if said in {"", UNKNOWN}:
        return t("common.unknown_device", language)
    if said.endswith(HIDDEN):
        return t("common.device_hidden", language, client=said.removesuffix(HIDDEN))
    words = said.split(" · ")
    known = {word: t(f"common.devices.{key}", language) for word, key in DEVICES.items()}
    return " · ".join(known.get(word, word) for word in words)


def browser_of(said: str, language: str = Language.EN) -> str:
    """A browser that somebody is signed in with, worded likewise."""
    if said in {"", UNKNOWN}:
        return t("preferences.browser_unknown", language)
    return program_of(said, language)


def key_of(label: str, language: str = Language.EN) -> str:
    """What a token is for: its user's own text, or what made it of itself."""
    if label == COMMAND_LINE:
        return t("preferences.by_command_line", language)
    client = label.removeprefix(PANEL).replace(" ", "_")
    if label.startswith(PANEL) and has(f"outlook.clients.{client}"):
        return t(f"outlook.clients.{client}", language)
    return label


def how_of(how: str, language: str = Language.EN) -> str:
    """How it is known what a person said about measuring; somebody's own text as it is."""
    return t(f"people.how_{HOWS[how]}", language) if how in HOWS else how


def actor_of(actor: str, language: str = Language.EN) -> str:
    """Who did it: an address or a name as it is, what is no person in words."""
    return t(ACTORS[actor], language) if actor in ACTORS else actor


def act_of(action: str, language: str = Language.EN) -> str:
    """What an act of the audit log, such as `user.invited`, is called."""
    return t(f"audit.{action.replace('.', '_')}", language)


def shorten(text: str, limit: int) -> str:
    """The text, cut with an ellipsis where it is longer than `limit` characters."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def who_of(item: Mapping[str, Any], language: str = Language.EN) -> str:
    """Whom a Feed item is about; never a name where several people share the picture."""
    if item["person"]:
        return str(item["person"]["name"])
    recipients = item["recipients"]
    if len(recipients) > 1:
        return t("common.one_of", language, n=len(recipients))
    if recipients:
        return str(recipients[0]["name"] or recipients[0]["address"])
    return t("common.nobody_known", language)


def state_of_mail(mail: Mapping[str, Any]) -> str:
    """The key of the strongest thing known of a mail as a whole (an item of the sent list)."""
    found = (
        ("tracking_stopped", mail["state"] == "stopped"),
        ("sent_untracked", mail["state"] == "untracked"),
        ("send_not_confirmed", mail["sent_at"] is None),
        ("replied", mail["replied_at"] is not None),
        ("bounced_for_good", mail["is_bounced"]),
        ("clicked", mail["click_count"] > 0),
        (open_word(mail["open_confidence"]), mail["opens_total"] > 0),
        ("opened_inferred", mail["is_opened"]),
        ("not_measurable", _is_beyond_measure(mail)),
    )
    return next((state for state, applies in found if applies), "no_signal")


def state_of_entry(entry: Mapping[str, Any]) -> str:
    """The key of a mail on a person's timeline: what is known of her, not of its other readers.

    Of her addresses the timeline names the one first of which the most is known.
    """
    kinds = {each["kind"] for each in entry["engagements"] if each["counted"]}
    found = (
        ("received", entry["direction"] == "received"),
        ("sent_untracked", entry["state"] == "untracked"),
        ("tracking_stopped", entry["state"] == "stopped"),
        ("send_not_confirmed", entry["sent_at"] is None),
        ("replied", "reply" in kinds),
        ("clicked", "click" in kinds),
    )
    of_her = [str(each["label"]) for each in entry["recipients"]]
    return next((state for state, applies in found if applies), next(iter(of_her), "no_signal"))


def open_word(confidence: float | None) -> str:
    """The key of what an open of that confidence is called."""
    return "likely_opened" if (confidence or 0) >= MEDIUM else "possibly_opened"


def _is_beyond_measure(mail: Mapping[str, Any]) -> bool:
    # A picture that several share still says something of the mail, only not of one of them.
    reasons = [
        each["reason"] if each["state"] == "not_measurable" else "" for each in mail["recipients"]
    ]
    return bool(reasons) and all(reason not in {"", "shared_pixel"} for reason in reasons)
