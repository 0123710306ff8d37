"""The edge: answers pixels, wrapped links and unsubscribe pages, and stores each hit first.

    socket -> listener, connections -> routes -> writer (many hits, one commit) -> answer
                                         |-> targets (links.db, or the drain by its socket)

A listener of its own without framework, main database or network on its path, so that it stays up
and fast whatever the app does (docs/decisions/0015). `serve` puts it together and runs it.
"""

from backend.edge.app import Edge, serve

__all__ = ["Edge", "serve"]
