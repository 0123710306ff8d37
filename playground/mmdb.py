"""A MaxMind database small enough to be written by hand: one record for each given network.

Source: https://maxmind.github.io/MaxMind-DB/ (format 2.0, 2026-11-22); 24-bit records.
"""

import ipaddress
from collections.abc import Mapping
from pathlib import Path

Nodes = list[list[int | str | None]]
Records = Mapping[str, Mapping[str, object]]


def write_mmdb(path: Path, records: Records, *, ip_version: int = 6) -> Path:
    """Write the database; IPv4 networks lie below ::/96 in an IPv6 tree."""
    nodes: Nodes = [[None, None]]
    for cidr in records:
        _insert(nodes, _bits(cidr, ip_version), cidr)
    data = b""
    places: dict[str, int] = {}
    for cidr, record in records.items():
        places[cidr] = len(nodes) + 16 + len(data)
        data += _value(record)
    tree = b"".join(_record(side, len(nodes), places) for node in nodes for side in node)
    path.write_bytes(
        tree + b"\0" * 16 + data + b"\xab\xcd\xefMaxMind.com" + _meta(nodes, ip_version)
    )
    return path


def _bits(cidr: str, ip_version: int) -> str:
    network = ipaddress.ip_network(cidr)
    whole = f"{int(network.network_address):0{network.max_prefixlen}b}"[: network.prefixlen]
    return "0" * 96 + whole if ip_version == 6 and network.version == 4 else whole


def _insert(nodes: Nodes, bits: str, cidr: str) -> None:
    at = 0
    for bit in bits[:-1]:
        below = nodes[at][int(bit)]
        if not isinstance(below, int):
            nodes.append([None, None])
            below = nodes[at][int(bit)] = len(nodes) - 1
        at = below
    nodes[at][int(bits[-1])] = cidr


def _record(side: int | str | None, node_count: int, places: dict[str, int]) -> bytes:
    value = places[side] if isinstance(side, str) else node_count if side is None else side
    return value.to_bytes(3, "big")


def _meta(nodes: Nodes, ip_version: int) -> bytes:
    fields = {
        "node_count": _number(6, 4, len(nodes)),
        "record_size": _number(5, 2, 24),
        "ip_version": _number(5, 2, ip_version),
        "database_type": _value("test"),
        "languages": b"\x00\x04",  # an array of none
        "binary_format_major_version": _number(5, 2, 2),
        "binary_format_minor_version": _number(5, 2, 0),
        "build_epoch": b"\x08\x02" + (1).to_bytes(8, "big"),  # uint64, an extended type
        "description": _value({}),
    }
    pairs = b"".join(_value(key) + value for key, value in fields.items())
    return bytes([7 << 5 | len(fields)]) + pairs


def _number(kind: int, size: int, value: int) -> bytes:
    return bytes([kind << 5 | size]) + value.to_bytes(size, "big")


def _value(value: object) -> bytes:
    match value:
        case dict():
            return bytes([7 << 5 | len(value)]) + b"".join(
                _value(key) + _value(one) for key, one in value.items()
            )
        case str():
            return bytes([2 << 5 | len(value.encode())]) + value.encode()
        case int():
            return _number(6, 4, value)
    raise TypeError(value)
