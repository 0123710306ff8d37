"""What an address tells before it is dropped: lists, network number, country.

Made at the edge from the peer's address alone. Nothing here keeps or caches an address.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import maxminddb

from backend.errors import SettingsError
from backend.tracking.facts import NetworkFacts
from backend.tracking.lists import ListInfo, NetworkList, read_lists
from backend.tracking.ranges import Segments, Tagged, address_number, segments

_NOTHING = NetworkFacts()


@dataclass(frozen=True, slots=True)
class Networks:
    """All lists and databases at hand, ready to be asked.

    `lists` holds each list's head by id. Every part may be missing: the product runs without
    Apple's list and without databases, and knows less.
    """

    lists: Mapping[str, ListInfo]
    by_version: Mapping[int, Segments]
    countries: maxminddb.Reader | None = None
    asns: maxminddb.Reader | None = None

    @classmethod
    def load(
        cls,
        shipped_dir: Path,
        refreshed_dir: Path | None = None,
        country_db: Path | None = None,
        asn_db: Path | None = None,
    ) -> "Networks":
        """Read the lists (refreshed ones replace shipped ones) and open the databases.

        Raises: Invalid for a malformed list; SettingsError for a database that is named and
        cannot be used.
        """
        found = read_lists(shipped_dir, refreshed_dir)
        return cls(
            lists={name: one.info for name, one in found.items()},
            by_version={version: _segments(found, version) for version in (4, 6)},
            countries=open_database("COUNTRY_DB", country_db),
            asns=open_database("ASN_DB", asn_db),
        )

    def facts(self, address: str) -> NetworkFacts:
        """What is kept of this address; empty facts for anything that is not an address.

        The country of an address in any list is marked approximate: a relay, a proxy or a
        scanner stands there, not the reader. Never raises.
        """
        parsed = address_number(address)
        return _NOTHING if parsed is None else self.facts_at(*parsed)

    def facts_at(self, version: int, number: int) -> NetworkFacts:
        """The same of an address as `ranges.address_number` gives it."""
        lists, list_country = self.by_version[version].at(number)
        if self.asns is None and self.countries is None:
            return _facts(None, list_country or None, lists) if lists else _NOTHING
        asn = _asn(_record(self.asns, version, number))
        country = list_country or _country(_record(self.countries, version, number))
        return _facts(asn, country, lists) if lists or asn or country else _NOTHING


@lru_cache(maxsize=16384)
def _facts(asn: int | None, country: str | None, lists: tuple[str, ...]) -> NetworkFacts:
    """One shared value for each combination that has been seen; never an address."""
    return NetworkFacts(asn=asn, country=country, is_approximate=bool(lists), lists=lists)


def _segments(found: Mapping[str, NetworkList], version: int) -> Segments:
    return segments(
        [
            Tagged(first, last, name, country)
            for name, one in found.items()
            for first, last, country in one.spans[version]
        ]
    )


def open_database(variable: str, path: Path | None) -> maxminddb.Reader | None:
    """The database that this setting names, None where it is not set. Raises SettingsError."""
    try:
        return None if path is None else maxminddb.open_database(path)
    except FileNotFoundError:
        raise SettingsError(f"{variable}: {path} does not exist") from None
    except OSError as error:
        raise SettingsError(f"{variable}: {path} cannot be read ({error.strerror})") from None
    except maxminddb.InvalidDatabaseError:
        raise SettingsError(f"{variable}: {path} is no database in MaxMind's format") from None


def _record(reader: maxminddb.Reader | None, version: int, number: int) -> Mapping[str, object]:
    if reader is None:
        return {}
    address = IPv4Address(number) if version == 4 else IPv6Address(number)
    try:
        found = reader.get(address)
    except (ValueError, maxminddb.InvalidDatabaseError):  # IPv6 asked of an IPv4 file; a torn file
        return {}
    return found if isinstance(found, dict) else {}


def _asn(record: Mapping[str, object]) -> int | None:
    """Source: the field of GeoLite2-ASN and of @ip-location-db/asn-mmdb (2026-06-17)."""
    number = record.get("autonomous_system_number")
    return number if isinstance(number, int) and number > 0 else None


def _country(record: Mapping[str, object]) -> str | None:
    """The code in GeoLite2's nested form or in @ip-location-db's flat one (2026-06-17)."""
    nested = record.get("country")
    code = nested.get("iso_code") if isinstance(nested, dict) else record.get("country_code")
    is_one = isinstance(code, str) and len(code) == 2 and code.isascii() and code.isalpha()
    return str(code).upper() if is_one else None
