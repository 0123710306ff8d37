"""How the edge is: its counters, its health, and both as text for a probe and for Prometheus."""

from dataclasses import dataclass

import orjson

from backend.edge.answers import Answer


@dataclass(slots=True)
class Vitals:
    """Totals since the start. Each field is written by one thread only, so none needs a lock.

    The event loop writes `rejected`, `link_misses`, `dead_links`; the writer writes the others.
    """

    stored: int = 0
    not_stored: int = 0
    unknown: int = 0
    commits: int = 0
    commit_seconds: float = 0.0
    rejected: int = 0
    link_misses: int = 0
    dead_links: int = 0
    fault: str = ""

    def health(self) -> Answer:
        """200 while the log takes hits, 503 from the first one it did not until it does again."""
        body = {
            "status": "red" if self.fault else "ok",
            "fault": self.fault or None,
            "stored": self.stored,
            "not_stored": self.not_stored + self.unknown,
        }
        headers = [("content-type", "application/json"), ("cache-control", "no-store")]
        return Answer(503 if self.fault else 200, headers, orjson.dumps(body) + b"\n")

    def metrics(self) -> Answer:
        """The totals as Prometheus text.

        Source: prometheus.io/docs/instrumenting/exposition_formats, text format 0.0.4 (2026-06).
        """
        received = self.stored + self.not_stored + self.unknown + self.rejected
        lines = [
            *_counter("hits_received_total", "Requests for a hit.", received),
            *_counter("hits_stored_total", "Hits in the log before their answer.", self.stored),
            *_counter(
                "hits_not_stored_total", "Answered, but the log refused them.", self.not_stored
            ),
            *_counter("hits_unknown_total", "Answered, the log did not say in time.", self.unknown),
            *_counter("tokens_rejected_total", "Tokens that are not ours.", self.rejected),
            *_counter("link_misses_total", "Links the drain was asked for.", self.link_misses),
            *_counter("dead_links_total", "Links that lead nowhere.", self.dead_links),
            *_counter("commits_total", "Appends to the log.", self.commits),
            *_counter("commit_seconds_total", "Time spent in them.", self.commit_seconds),
            "# HELP telltale_edge_log_up 1 while the log takes hits.",
            "# TYPE telltale_edge_log_up gauge",
            f"telltale_edge_log_up {0 if self.fault else 1}",
        ]
        headers = [
            ("content-type", "text/plain; version=0.0.4; charset=utf-8"),
            ("cache-control", "no-store"),
        ]
        return Answer(200, headers, ("\n".join(lines) + "\n").encode())


def _counter(name: str, what: str, value: float) -> tuple[str, str, str]:
    full = f"telltale_edge_{name}"
    return f"# HELP {full} {what}", f"# TYPE {full} counter", f"{full} {value}"
