"""The published network lists, one text file each: what stands in it and what it may decide.

    # any words
    # source: https://...          where the ranges come from (may stand several times)
    # retrieved: 2026-11-22        or "never"
    # role: scanner                what being in the list says (see Role)
    # certainty: certain           certain | probable
    # scope: all                   all | clicks
    192.0.2.0/24
    2001:db8::/32 DE               optionally with the country that the publisher keeps

The file's name is the list's id; a refreshed list replaces the shipped one of the same id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from backend.errors import Invalid
from backend.tracking.ranges import parse_cidr

SHIPPED = Path(__file__).parent / "data" / "networks"

Span = tuple[int, int, str]  # first, last, country or ""


class Role(StrEnum):
    """What an address in a list says about the hit."""

    SCANNER = "scanner"
    DETONATION = "detonation"  # scans at delivery, among neighbours that carry people
    RELAY = "relay"  # people and preloads of one vendor leave here
    GOOGLE = "google"
    MICROSOFT = "microsoft"


class Certainty(StrEnum):
    """Whether a match decides alone or only near the send."""

    CERTAIN = "certain"
    PROBABLE = "probable"


class Scope(StrEnum):
    """Which hits a match may judge."""

    ALL = "all"
    CLICKS = "clicks"


@dataclass(frozen=True, slots=True)
class ListInfo:
    """The head of one list; `retrieved` is an ISO date or "never"."""

    id: str
    role: Role
    certainty: Certainty
    scope: Scope
    sources: tuple[str, ...] = ()
    retrieved: str = "never"


@dataclass(frozen=True, slots=True)
class NetworkList:
    """One list with its ranges by address family, as they stand in the file."""

    info: ListInfo
    spans: Mapping[int, tuple[Span, ...]]

    @property
    def range_count(self) -> int:
        """How many lines of ranges the list has."""
        return sum(map(len, self.spans.values()))


def read_lists(*folders: Path | None) -> dict[str, NetworkList]:
    """All lists of these folders by id; a later folder's list replaces an earlier one.

    Raises: Invalid for a file that is not in the form above.
    """
    paths: dict[str, Path] = {}
    for folder in folders:
        if folder is not None and folder.is_dir():
            paths |= {path.stem: path for path in sorted(folder.glob("*.txt"))}
    return {name: read_list(path) for name, path in paths.items()}


def read_list(path: Path) -> NetworkList:
    """One list from its file.

    Raises: Invalid, naming the file and the line, when it is not in the form above.
    """
    lines = path.read_text("utf-8").splitlines()
    head = [line[1:].strip() for line in lines if line.startswith("#")]
    spans: dict[int, list[Span]] = {4: [], 6: []}
    for number, line in enumerate(lines, 1):
        words = line.split()
        if words and not line.startswith("#"):
            version, span = _span(words, f"{path.name} line {number}")
            spans[version].append(span)
    frozen = {version: tuple(found) for version, found in spans.items()}
    return NetworkList(_info(path.stem, head), frozen)


def write_list(info: ListInfo, words: str, lines: list[str]) -> str:
    """The text of a list's file; `words` is the comment that opens it."""
    head = [
        *(f"# {line}" for line in words.splitlines()),
        *(f"# source: {source}" for source in info.sources),
        f"# retrieved: {info.retrieved}",
        f"# role: {info.role}",
        f"# certainty: {info.certainty}",
        f"# scope: {info.scope}",
    ]
    return "\n".join([*head, *lines, ""])


def shipped_infos() -> dict[str, ListInfo]:
    """The heads of the lists that come with the product, by id."""
    return {name: one.info for name, one in read_lists(SHIPPED).items()}


def _span(words: list[str], place: str) -> tuple[int, Span]:
    try:
        version, (first, last) = parse_cidr(words[0])
    except ValueError as problem:
        raise Invalid(f"{place}: {problem}. Write one CIDR block per line.") from problem
    return version, (first, last, words[1] if len(words) > 1 else "")


def _info(name: str, head: list[str]) -> ListInfo:
    told = dict(line.split(": ", 1) for line in head if ": " in line)
    sources = tuple(line.removeprefix("source: ") for line in head if line.startswith("source: "))
    try:
        return ListInfo(
            id=name,
            role=Role(told["role"]),
            certainty=Certainty(told["certainty"]),
            scope=Scope(told["scope"]),
            sources=sources,
            retrieved=told.get("retrieved", "never"),
        )
    except (KeyError, ValueError) as problem:
        detail = f"{name}.txt has no valid role, certainty and scope in its head ({problem})."
        raise Invalid(detail) from problem
