"""Tests talk to this machine only: any other address is refused before a packet leaves."""

import ipaddress
import sys

LOCAL_NAMES = frozenset({"", "localhost", "localhost.localdomain"})


class OutsideWorldError(RuntimeError):
    """A test tried to reach, or to look up, something that is not this machine."""


def install() -> None:
    """Refuse from now on, in this process and for good (an audit hook cannot be taken back)."""
    sys.addaudithook(_refuse_outside)


def _refuse_outside(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""  # a path: a Unix socket
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not _is_local(host):
        raise OutsideWorldError(
            f"{event} {host!r}: tests talk to the loopback address only; start a local server"
            " for the test, or name the host 'localhost'"
        )


def _is_local(host: object) -> bool:
    if host is None or isinstance(host, int):  # netlink and packet sockets stay on the machine
        return True
    name = host.decode(errors="replace") if isinstance(host, bytes) else str(host)
    if name in LOCAL_NAMES or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    # The unspecified address is what a server listens on; connecting to it stays here.
    return address.is_loopback or address.is_unspecified
