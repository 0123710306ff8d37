"""Reading a user agent: which client, on what, and which known signatures it bears.

    own rules (data/agents.toml) -> X-Requested-With -> ua-parser -> unknown

The text is dropped after 30 days; what `read_agent` found stays on the hit's agent and must be
enough to judge the hit again. So the agent carries the ids of all signatures that matched, and
what an id means is looked up at the time of judging.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from backend.tracking.devices import device_of, plain_name, system_of

AGENTS_FILE = Path(__file__).parent / "data" / "agents.toml"
MAX_CHARS = 512  # of a user agent; longer ones are cut, so that no pattern can be slow


class Meaning(StrEnum):
    """What a signature says of whoever bears it."""

    EMPTY = "empty"
    APPLE_MPP_UA = "apple_mpp_ua"
    GMAIL_PREFETCH_UA = "gmail_prefetch_ua"
    IMAGE_PROXY = "image_proxy"
    UNFURLER = "unfurler"
    SCANNER = "scanner"
    HTTP_LIBRARY = "http_library"
    CRAWLER = "crawler"
    OFFICE_PROBE = "office_probe"
    MAIL_CLIENT = "mail_client"
    BROWSER = "browser"
    IN_APP_BROWSER = "in_app_browser"
    BARE_WEBKIT = "bare_webkit"
    EXTINCT = "extinct"


# Whoever means one of these is not proven to be the reader's own program: no device is told.
_NOT_THE_READER = frozenset(
    {
        Meaning.EMPTY,
        Meaning.APPLE_MPP_UA,
        Meaning.GMAIL_PREFETCH_UA,
        Meaning.IMAGE_PROXY,
        Meaning.UNFURLER,
        Meaning.SCANNER,
        Meaning.HTTP_LIBRARY,
        Meaning.CRAWLER,
        Meaning.OFFICE_PROBE,
        Meaning.BARE_WEBKIT,  # Apple Mail on a Mac or Outlook on Windows: nobody can say
    }
)
_PROVEN = frozenset({Meaning.MAIL_CLIENT, Meaning.BROWSER, Meaning.IN_APP_BROWSER})


class Agent(NamedTuple):
    """What is known of the program behind a hit.

    `client` is "" when unknown; `device` is phone, tablet, desktop or "" (not proven);
    `is_verified` says that the reader's own client spoke, not a proxy in its place.
    """

    client: str = ""
    device: str = ""
    os: str = ""
    is_verified: bool = False
    traits: frozenset[str] = frozenset()

    def to_row(self) -> dict[str, object]:
        """The agent as plain JSON values; `from_row` brings it back."""
        return {
            "client": self.client,
            "device": self.device,
            "os": self.os,
            "is_verified": self.is_verified,
            "traits": sorted(self.traits),
        }

    @classmethod
    def from_row(cls, row: Mapping[str, object]) -> "Agent":
        """The agent of a row that `to_row` made; what is missing in an older row is unknown."""
        traits = row.get("traits")
        return cls(
            client=str(row.get("client") or ""),
            device=str(row.get("device") or ""),
            os=str(row.get("os") or ""),
            is_verified=bool(row.get("is_verified")),
            traits=frozenset(map(str, traits))
            if isinstance(traits, (list, tuple))
            else frozenset(),
        )


@dataclass(frozen=True, slots=True)
class Signature:
    """One entry of agents.toml; exactly one of the four ways to match is set."""

    id: str
    meaning: Meaning
    exact: str | None = None
    pattern: re.Pattern[str] | None = None
    families: frozenset[str] = frozenset()
    package: frozenset[str] = frozenset()
    client: str = ""
    device: str = ""
    os: str = ""

    def is_in(self, text: str) -> bool:
        """Whether the user agent itself bears this signature."""
        if self.pattern is not None:
            return self.pattern.search(text) is not None
        return text == self.exact


@lru_cache(maxsize=8192)
def read_agent(user_agent: str, requested_with: str = "") -> Agent:
    """What this user agent and X-Requested-With header tell; never raises."""
    text = user_agent[:MAX_CHARS].strip()
    found = _own(text) + _app(requested_with.strip())
    family = "" if _is_decided(found) else _family(text)
    found += [one for one in signatures() if family in one.families]
    meant = {one.meaning for one in found}
    is_hidden = bool(meant & _NOT_THE_READER) and Meaning.MAIL_CLIENT not in meant
    client = _first("client", found) or plain_name(family)
    return Agent(
        client=client,
        device="" if is_hidden else _first("device", found) or device_of(text),
        os="" if is_hidden else _first("os", found) or system_of(text),
        is_verified=bool(client) and not is_hidden and bool(meant & _PROVEN),
        traits=frozenset(one.id for one in found),
    )


@lru_cache(maxsize=4096)
def meanings(traits: frozenset[str]) -> frozenset[Meaning]:
    """What these signature ids mean today; an id that is gone means nothing."""
    return frozenset(one.meaning for one in signatures() if one.id in traits)


@lru_cache(maxsize=8192)
def label(agent: Agent, country: str | None = None, *, is_approximate: bool = False) -> str:
    """The honest words for a screen: "Phone · Outlook iOS", "Gmail (device hidden)".

    "Viewed from Mobile" is said only when a phone is proven and its client is not.
    """
    words = _device_words(agent)
    if not country:
        return words
    return f"{words} · {'about ' if is_approximate else ''}{country}"


@cache
def signatures() -> tuple[Signature, ...]:
    """All signatures in the order of the file."""
    entries = tomllib.loads(AGENTS_FILE.read_text("utf-8"))["agent"]
    return tuple(
        Signature(
            id=entry["id"],
            meaning=Meaning(entry["meaning"]),
            exact=entry.get("exact"),
            pattern=re.compile(entry["pattern"]) if "pattern" in entry else None,
            families=frozenset(entry.get("families", ())),
            package=frozenset(entry.get("package", ())),
            client=entry.get("client", ""),
            device=entry.get("device", ""),
            os=entry.get("os", ""),
        )
        for entry in entries
    )


def _own(text: str) -> list[Signature]:
    return [one for one in signatures() if one.is_in(text)]


def _app(package: str) -> list[Signature]:
    """The app that shows the mail; any other Android package is some app's web view."""
    named = [one for one in signatures() if package in one.package and package != "*"]
    if named or not re.fullmatch(r"[a-z]\w*(?:\.\w+)+", package):
        return named
    return [one for one in signatures() if "*" in one.package]


def _is_decided(found: list[Signature]) -> bool:
    """Whether the costly look-up can be spared: the client is named or will never be."""
    return any(one.client or one.meaning in _NOT_THE_READER for one in found)


def _family(text: str) -> str:
    """The family that ua-parser names, "" when it knows none.

    Loaded on first use: it takes 0.25 s and 37 MB, which the edge must not pay at its start.
    """
    from ua_parser import parse_user_agent

    found = parse_user_agent(text)
    return found.family if found else ""


def _first(name: str, found: list[Signature]) -> str:
    values: list[str] = [getattr(one, name) for one in found]
    return next((value for value in values if value), "")


def _device_words(agent: Agent) -> str:
    is_hidden = bool(meanings(agent.traits) & _NOT_THE_READER) and not agent.is_verified
    if agent.client and is_hidden:
        return f"{agent.client} (device hidden)"
    if agent.client:
        return f"{agent.device.capitalize()} · {agent.client}" if agent.device else agent.client
    if agent.device == "phone":
        return "Viewed from Mobile"
    return "Tablet" if agent.device == "tablet" else "Unknown device"
