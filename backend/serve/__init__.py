"""`python -m backend serve`: all the processes of an installation, under one supervisor."""

import signal
from collections.abc import Callable

from backend.errors import SettingsError
from backend.serve.processes import check_port, is_answering
from backend.serve.supervisor import Child, Supervisor
from backend.settings import Settings

SERVERS = "backend.serve.servers"
COMMANDS = "backend"
LOOPBACK = "127.0.0.1"  # where the playground's mail host listens


def serve(
    settings: Settings,
    *,
    only: str | None = None,
    has_relay: bool = False,
    banner: Callable[[], None],
    say: Callable[[str], None],
) -> int:
    """Run all processes, or only the named one, until a signal comes; returns the exit code.

    The relay is one of them where `has_relay` says so.
    `banner` is called once, when every port answers; `say` gets a line when a child dies.
    Raises SettingsError, before anything is started, if a port is taken or two are the same.
    """
    ports = _ports(settings, only, has_relay=has_relay)
    doors = [(variable, settings.host, port) for variable, port in ports.items()]
    if has_relay:
        doors.append(("RELAY_PORT", settings.relay_host, settings.relay_port))
    if settings.playground and only is None:
        doors.append(("SMTP_PORT", LOOPBACK, settings.smtp_port))
    _check(doors)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 (told apart, not listened on)
    return Supervisor(children_of(settings, only, has_relay=has_relay), say).run(
        is_ready=lambda: all(is_answering(host, port) for port in ports.values()),
        on_ready=banner,
    )


def _check(doors: list[tuple[str, str, int]]) -> None:
    first: dict[tuple[str, int], str] = {}
    for variable, host, port in doors:
        other = first.setdefault((host, port), variable)
        if other != variable:
            raise SettingsError(f"{variable} must differ from {other}: both are {port}")
        check_port(host, port, variable)


def children_of(
    settings: Settings, only: str | None = None, *, has_relay: bool = False
) -> list[Child]:
    """The children in the order in which they are stopped: who takes requests goes first."""
    children = [
        Child("app", SERVERS, ("app",)),
        Child("edge", SERVERS, ("edge",)),
        Child("worker", COMMANDS, ("worker",), stop_signal=signal.SIGINT),
        Child("drain", COMMANDS, ("drain",)),
    ]
    if only:
        return [child for child in children if child.name == only]
    if has_relay:
        children.insert(0, Child("relay", COMMANDS, ("relay",)))
    if settings.playground:
        children.append(Child("playground mail host", COMMANDS, ("playground-mail",)))
    return children


def _ports(settings: Settings, only: str | None, *, has_relay: bool) -> dict[str, int]:
    ports = {"app": ("PORT", settings.port), "edge": ("EDGE_PORT", settings.edge_port)}
    if has_relay:
        ports["relay"] = ("RELAY_HEALTH_PORT", settings.relay_health_port)
    return dict(entry for name, entry in ports.items() if only in {None, name})
