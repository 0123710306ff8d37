"""The edge: answers pixels, wrapped links and unsubscribe pages, and stores each hit first.

    request -> routes -> writer (one thread: many hits, one commit) -> hit log -> answer
                  |-> targets (links.db, or the drain over its Unix socket)

A bare RSGI callable without framework, main database or network on its path, so that it stays up
and fast whatever the app does. `create` puts it together; `backend.servers` runs it on granian.
"""

from backend.edge.app import Edge, create

__all__ = ["Edge", "create"]
