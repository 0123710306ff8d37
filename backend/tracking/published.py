"""Where the network lists are published, and how each publisher writes them.

Every parser takes the documents of its source in order and returns ranges by address family.
Whatever is not exactly in the expected form is refused as a whole: a list half understood is worse
than the old one.
"""

import csv
import platform
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import orjson

from backend.errors import Invalid
from backend.tracking.lists import Span
from backend.tracking.ranges import Range, cidrs, merge, parse_cidr, subtract

_Shape = TypeVar("_Shape")

Parsed = Mapping[int, Sequence[Span]]

# Microsoft wants a GUID per machine and blocks the ones in its examples (2026-11-22).
# Source: https://learn.microsoft.com/microsoft-365/enterprise/microsoft-365-ip-web-service
_CLIENT_ID = uuid.uuid5(uuid.NAMESPACE_DNS, platform.node() or "telltale")
_MICROSOFT = f"https://endpoints.office.com/endpoints/worldwide?clientrequestid={_CLIENT_ID}"
_EOP = "protection.outlook.com"
# New place since 2026-03-31; the old one under /search/apis/ is being taken away.
# Source: developers.google.com/search/blog/2026/03/crawler-ip-ranges
_GOOGLE_CRAWLERS = "https://developers.google.com/static/crawling/ipranges"


@dataclass(frozen=True, slots=True)
class Source:
    """One list that can be refreshed: its documents, its parser, how many ranges to expect."""

    name: str
    urls: tuple[str, ...]
    parse: Callable[[Sequence[bytes]], Parsed]
    least: int
    most: int
    words: str


def parse_apple(documents: Sequence[bytes]) -> Parsed:
    """Apple's CSV: prefix, country, region, city, postal code (the last three may be empty).

    Source: mask-api.icloud.com/egress-ip-ranges.csv, as quoted in public tests (2026-11-22).
    """
    rows = csv.reader(_text(documents[0]).splitlines(), strict=True)
    found: dict[tuple[int, str], list[Range]] = defaultdict(list)
    try:
        for row in rows:
            if row:
                version, span = _range(row[0].strip())
                found[version, _country_code(row[1])].append(span)
    except (csv.Error, IndexError) as problem:
        raise Invalid(
            f"Apple's list has a line without prefix and country: {problem}."
        ) from problem
    return _by_version(
        (version, country, merge(spans)) for (version, country), spans in found.items()
    )


def parse_google(documents: Sequence[bytes]) -> Parsed:
    """Google's own addresses: goog.json without its customers' in cloud.json (second document).

    Source: cloud.google.com/appengine/docs/standard/php/outbound-ip-addresses (2026-11-22).
    """
    all_of_google, customers = map(_prefixes, documents)
    return _by_version(
        (version, "", subtract(all_of_google[version], customers[version])) for version in (4, 6)
    )


def parse_google_crawlers(documents: Sequence[bytes]) -> Parsed:
    """All prefixes: {"creationTime": ..., "prefixes": [{"ipv4Prefix" or "ipv6Prefix": ...}]}."""
    parsed = [_prefixes(document) for document in documents]
    return _by_version(
        (version, "", merge(span for one in parsed for span in one[version])) for version in (4, 6)
    )


def parse_microsoft_eop(documents: Sequence[bytes]) -> Parsed:
    """The filtering tier: Exchange's endpoint sets that serve *.protection.outlook.com."""
    return _microsoft(documents[0], is_eop=True)


def parse_microsoft_exchange(documents: Sequence[bytes]) -> Parsed:
    """The rest of Exchange Online, from which Outlook on the web fetches pictures."""
    return _microsoft(documents[0], is_eop=False)


def cidr_lines(parsed: Parsed) -> list[str]:
    """The lines of a list's file: CIDR blocks in the order of addresses, with their country."""
    return [
        f"{cidr} {country}".rstrip()
        for version in (4, 6)
        for first, last, country in sorted(parsed[version])
        for cidr in cidrs(version, [(first, last)])
    ]


SOURCES: Mapping[str, Source] = {
    one.name: one
    for one in (
        Source(
            name="apple-relay",
            urls=("https://mask-api.icloud.com/egress-ip-ranges.csv",),
            parse=parse_apple,
            least=1_000,
            most=400_000,
            words="Where iCloud Private Relay and Mail Privacy Protection leave Apple's network.",
        ),
        Source(
            name="google",
            urls=(
                "https://www.gstatic.com/ipranges/goog.json",
                "https://www.gstatic.com/ipranges/cloud.json",
            ),
            parse=parse_google,
            least=20,
            most=5_000,
            words="Google's own machines, without the customers of its cloud.",
        ),
        Source(
            name="google-crawlers",
            urls=(
                f"{_GOOGLE_CRAWLERS}/special-crawlers.json",
                f"{_GOOGLE_CRAWLERS}/user-triggered-fetchers.json",
            ),
            parse=parse_google_crawlers,
            least=20,
            most=20_000,
            words="Google's special crawlers and user-triggered fetchers; judged on clicks only.",
        ),
        Source(
            name="microsoft-eop",
            urls=(_MICROSOFT,),
            parse=parse_microsoft_eop,
            least=3,
            most=500,
            words="Exchange Online Protection, the tier that filters mail for Microsoft 365.",
        ),
        Source(
            name="microsoft-exchange",
            urls=(_MICROSOFT,),
            parse=parse_microsoft_exchange,
            least=5,
            most=1_000,
            words="Exchange Online, from which Outlook on the web fetches pictures for its reader.",
        ),
    )
}


def _microsoft(document: bytes, *, is_eop: bool) -> Parsed:
    """Source: learn.microsoft.com, "Microsoft 365 IP Address and URL web service" (2026-11-22)."""
    found: dict[int, list[Range]] = {4: [], 6: []}
    for entry in _json(document, list):
        if not isinstance(entry, dict) or entry.get("serviceArea") != "Exchange":
            continue
        hosts = _strings(entry.get("urls", []))
        if any(host.endswith(_EOP) for host in hosts) is is_eop:
            for cidr in _strings(entry.get("ips", [])):
                version, span = _range(cidr)
                found[version].append(span)
    return _by_version((version, "", merge(spans)) for version, spans in found.items())


def _prefixes(document: bytes) -> dict[int, list[Range]]:
    found: dict[int, list[Range]] = {4: [], 6: []}
    entries = _json(document, dict).get("prefixes")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Invalid("Google's list has no prefixes, or something else among them.")
    for entry in entries:
        cidr = entry.get("ipv4Prefix", entry.get("ipv6Prefix"))
        version, span = _range(cidr if isinstance(cidr, str) else "")
        found[version].append(span)
    return found


def _range(cidr: str) -> tuple[int, Range]:
    try:
        version, span = parse_cidr(cidr)
    except ValueError as problem:
        raise Invalid(f"The list holds something that is no network: {problem}.") from problem
    # Nobody publishes an eighth of the internet; a slip such as 0.0.0.0/0 would judge everybody.
    if span[1] - span[0] >= 1 << (29 if version == 4 else 112):
        raise Invalid(f"The list holds {cidr}, which is too much of the internet to be true.")
    return version, span


def _by_version(parts: Iterable[tuple[int, str, Sequence[Range]]]) -> Parsed:
    found: dict[int, list[Span]] = {4: [], 6: []}
    for version, country, spans in parts:
        found[version] += [(first, last, country) for first, last in spans]
    return found


def _country_code(text: str) -> str:
    code = text.strip()
    if code and not (len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()):
        raise Invalid("Apple's list has a country that is no two-letter code.")
    return code


def _text(document: bytes) -> str:
    try:
        return document.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Invalid("The list is not text in UTF-8.") from problem


def _json(document: bytes, shape: type[_Shape]) -> _Shape:
    try:
        found = orjson.loads(document)
    except orjson.JSONDecodeError as problem:
        raise Invalid(f"The list is not JSON: {problem}.") from problem
    if not isinstance(found, shape):
        raise Invalid("The list's JSON has another form than expected.")
    return found


def _strings(values: object) -> Iterator[str]:
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise Invalid("Microsoft's list holds something that is neither a host nor a network.")
    return iter(values)
