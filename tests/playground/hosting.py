"""A mail host of a test's own, in a thread beside it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from backend.settings import Settings
from playground import mail_host
from playground.mail_host import Door


@contextmanager
def mail_host_of(settings: Settings) -> Iterator[None]:
    """The playground's mail host on the settings' SMTP port, while the block runs."""
    started, stop = threading.Event(), threading.Event()
    thread = threading.Thread(target=asyncio.run, args=(_run(settings, started, stop),))
    thread.start()
    try:
        assert started.wait(30), "the mail host did not start"
        yield
    finally:
        stop.set()
        thread.join(60)


async def _run(settings: Settings, started: threading.Event, stop: threading.Event) -> None:
    server = await mail_host.listen(settings)
    started.set()
    await asyncio.to_thread(stop.wait)
    server.close()
    async with asyncio.timeout(10):
        while Door.open_doors:  # a session that its client has left ends a moment later
            await asyncio.sleep(0.01)
