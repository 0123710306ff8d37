"""What we ask of the operating system: a child that dies with its parent, a port of our own."""

import ctypes
import errno
import os
import signal
import socket
import sys
import time
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from threading import Thread

from backend.errors import SettingsError

PARENT_CHECK_S = 0.5
ANSWER_S = 0.5
# Source: prctl(2), include/uapi/linux/prctl.h (Linux 6.1).
_PR_SET_PDEATHSIG = 1


def die_with_parent(parent_pid: int) -> None:
    """From now on this process is killed when that parent ends, however it ends.

    Without it a killed granian main leaves its worker serving beside the new one, since both may
    bind the port. Linux does it for us; elsewhere a thread looks twice a second.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:  # it ended before we asked
            _die()
    else:
        Thread(target=_watch, args=(parent_pid,), name="parent watch", daemon=True).start()


def check_port(host: str, port: int, variable: str) -> None:
    """Nothing, if that address can be listened on.

    Raises SettingsError with the line for the operator. Asked without SO_REUSEPORT: granian sets
    it, and two servers would then share one port and each lose half of the requests.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            raise SettingsError(_refusal(error, host, port, variable)) from None


def is_answering(host: str, port: int) -> bool:
    """Whether the server there says that it is alive.

    That something accepts connections says little: granian's main process does so a second before
    its worker can answer, and a worker that is told to end meanwhile does not hear it.
    """
    connection = HTTPConnection(host, port, timeout=ANSWER_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _refusal(error: OSError, host: str, port: int, variable: str) -> str:
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        name = "RELAY_HOST" if variable == "RELAY_PORT" else "HOST"
        return f"{name}: {host} is no address of this machine ({error.strerror})"
    return (
        f"{variable}: {host}:{port} cannot be used ({error.strerror}); stop what listens"
        " there, or set another port"
    )


def _watch(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(PARENT_CHECK_S)
    _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
