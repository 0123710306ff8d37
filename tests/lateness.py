"""Makes parts late at random, for `make races`: what relies on their order by chance then fails.

The app's calls wait on their way in, on their way out or both, and every moment a process of the
browser stands still: what a busy machine or a slow line does once in some hundred runs. A test that
fails under it looks too early or acts on what is not there yet, or the product does.
"""

import os
import random
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import psutil

ON = os.environ.get("RACES") == "1"
ANSWER_S = 0.6
STILL_S = 0.4
BETWEEN_S = (0.02, 0.4)
CHANCE = random.SystemRandom()
BROWSER = ("chromium", "chrome", "playwright")  # of the command: its parts and what drives it


def install() -> None:
    """Let this worker's browser stand still again and again, if `make races` asks for it."""
    if ON and "PYTEST_XDIST_WORKER" in os.environ:
        threading.Thread(target=_hold_up, daemon=True).start()


def late(app: WSGIApplication) -> WSGIApplication:
    """An app that takes its time where `make races` asks for it; else the same."""
    return _late(app) if ON else app


def _late(app: WSGIApplication) -> WSGIApplication:
    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        _wait()
        told = app(environ, start)
        _wait()
        return told

    return answer


def _wait() -> None:
    if CHANCE.random() < 0.5:
        time.sleep(CHANCE.uniform(0, ANSWER_S))


def _hold_up() -> None:
    worker = psutil.Process()
    while True:
        time.sleep(CHANCE.uniform(*BETWEEN_S))
        parts = [each for each in worker.children(recursive=True) if _is_browser(each)]
        if not parts:
            continue
        part = CHANCE.choice(parts)
        with suppress(psutil.NoSuchProcess):
            part.suspend()
            time.sleep(CHANCE.uniform(0, STILL_S))
            part.resume()


def _is_browser(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return any(name in " ".join(process.cmdline()[:2]) for name in BROWSER)
    return False
