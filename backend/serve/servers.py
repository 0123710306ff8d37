"""The two servers: `python -m backend.serve.servers app` and `... edge`.

granian runs the app in a worker process of its own, which dies with its main process. The edge is
its own server, in this process (docs/decisions/0015).
"""

import os
import sys
from functools import partial
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from backend import dial
from backend import settings as settings_module
from backend.errors import SettingsError
from backend.serve import logs
from backend.serve.processes import check_port, die_with_parent
from backend.settings import Settings

# 1,000 slow bodies then leave the app at 2 ms; with 32 threads they stall it (measured).
APP_THREADS = 1024
HEADER_TIMEOUT_MS = 10_000
KILL_TIMEOUT_S = 10


def run_app(settings: Settings) -> None:
    """Serve the panel API and the console until a signal comes."""
    server = Granian(
        "backend.app:create_app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        blocking_threads=APP_THREADS,
        backpressure=APP_THREADS,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS),
        log_level=LogLevels(settings.log_level.lower()),
        log_dictconfig=logs.for_granian(),
        workers_kill_timeout=KILL_TIMEOUT_S,
    )
    server.serve(target_loader=partial(_app, os.getpid()), wrap_loader=False)


def run_edge(settings: Settings) -> None:
    """Serve the tracking host until a signal comes.

    Raises SettingsError if the hit log has a writer already, or the port another server.
    """
    import uvloop

    from backend import edge

    check_port(settings.host, settings.edge_port, "EDGE_PORT")
    dial.follow(settings)
    uvloop.run(edge.serve(settings))


def _app(main_pid: int) -> Any:
    """Runs in granian's worker."""
    die_with_parent(main_pid)
    try:
        settings = settings_module.load()
        logs.configure(settings.log_level)
        dial.follow(settings)
        from backend.app import create_app

        return create_app()
    except SettingsError as error:
        sys.stderr.write(f"{error.detail}\n")
        os._exit(os.EX_CONFIG)


def main(name: str) -> int:
    """Run that server; returns the exit code, EX_CONFIG where a restart cannot help."""
    try:
        settings = settings_module.load()
        logs.configure(settings.log_level)
        {"app": run_app, "edge": run_edge}[name](settings)
    except SettingsError as error:
        sys.stderr.write(f"{error.detail}\n")
        return os.EX_CONFIG
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
