"""The readers one can be: data (data/readers.toml), read once into values."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from backend.errors import NotFound

DATA = Path(__file__).parent / "data" / "readers.toml"


class Look(StrEnum):
    """What stands behind a reader in truth."""

    PERSON = "person"
    MACHINE = "machine"
    YOU = "you"
    NOBODY = "nobody"


class Deed(StrEnum):
    """What one asks a reader to do."""

    OPEN = "open"
    CLICK = "click"


class Fetches(StrEnum):
    """What a step asks the tracking host for."""

    PICTURES = "pictures"
    FIRST_LINK = "first_link"
    ALL_LINKS = "all_links"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a reader's program does; `after_s` is how much later than the step before it."""

    deed: Deed
    fetches: Fetches
    agent: str
    address: str
    methods: tuple[str, ...] = ("GET",)
    headers: Mapping[str, str] | None = None
    after_s: float = 0
    heads_up: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody or something that comes to a mail, at the earliest `waits_s` after it."""

    id: str
    icon: str
    look: Look
    waits_s: float
    steps: tuple[Step, ...]
    is_more: bool = False
    needs: str = ""

    @property
    def deeds(self) -> tuple[Deed, ...]:
        """What it can be asked to do; one whose pictures are blocked opens and fetches nothing."""
        return (Deed.OPEN, Deed.CLICK) if self.of(Deed.CLICK) else (Deed.OPEN,)

    def of(self, deed: Deed) -> tuple[Step, ...]:
        """The steps of a deed."""
        return tuple(step for step in self.steps if step.deed is deed)


@cache
def all_readers() -> tuple[Reader, ...]:
    """Every reader, in the order of the file."""
    return tuple(_reader(entry) for entry in _entries()["reader"])


def reader(reader_id: str) -> Reader:
    """The reader of that id. Raises NotFound."""
    for each in all_readers():
        if each.id == reader_id:
            return each
    raise NotFound("problems.play_no_reader")


@cache
def networks() -> Mapping[str, int]:
    """The network numbers of the example addresses, by CIDR."""
    return {entry["cidr"]: entry["asn"] for entry in _entries()["network"]}


def _entries() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(DATA.read_text("utf-8"))


def _reader(entry: dict[str, Any]) -> Reader:
    return Reader(
        id=entry["id"],
        icon=entry["icon"],
        look=Look(entry["look"]),
        waits_s=entry["waits_s"],
        steps=tuple(_step(one) for one in entry.get("step", ())),
        is_more=entry.get("is_more", False),
        needs=entry.get("needs", ""),
    )


def _step(entry: dict[str, Any]) -> Step:
    return Step(
        deed=Deed(entry["deed"]),
        fetches=Fetches(entry["fetches"]),
        agent=entry["agent"],
        address=entry["address"],
        methods=tuple(entry.get("methods", ("GET",))),
        headers=entry.get("headers"),
        after_s=entry.get("after_s", 0),
        heads_up=entry.get("heads_up", False),
    )
