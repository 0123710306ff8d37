"""`python -m backend serve`: all the processes of an installation, under one supervisor."""

import signal
from collections.abc import Callable

from backend.serve.processes import check_port, is_answering
from backend.serve.supervisor import Child, Supervisor
from backend.settings import Settings

SERVERS = "backend.serve.servers"
COMMANDS = "backend"
PARTS = ("app", "edge", "worker", "drain")


def serve(
    settings: Settings,
    *,
    only: str | None = None,
    banner: Callable[[], None],
    say: Callable[[str], None],
) -> int:
    """Run all processes, or only the named one, until a signal comes; returns the exit code.

    `banner` is called once, when every port answers; `say` gets a line when a child dies.
    Raises SettingsError, before anything is started, if a port is taken.
    """
    ports = _ports(settings, only)
    for variable, port in ports.items():
        check_port(settings.host, port, variable)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 (told apart, not listened on)
    return Supervisor(children_of(settings, only), say).run(
        is_ready=lambda: all(is_answering(host, port) for port in ports.values()),
        on_ready=banner,
    )


def children_of(settings: Settings, only: str | None = None) -> list[Child]:
    """The children in the order in which they are stopped: who takes requests goes first."""
    children = [
        Child("app", SERVERS, ("app",)),
        Child("edge", SERVERS, ("edge",)),
        Child("worker", COMMANDS, ("worker",), stop_signal=signal.SIGINT),
        Child("drain", COMMANDS, ("drain",)),
    ]
    if only:
        return [child for child in children if child.name == only]
    if settings.playground:
        children.append(Child("playground mail host", COMMANDS, ("playground-mail",)))
    return children


def _ports(settings: Settings, only: str | None) -> dict[str, int]:
    ports = {"app": ("PORT", settings.port), "edge": ("EDGE_PORT", settings.edge_port)}
    return dict(entry for name, entry in ports.items() if only in {None, name})
