"""How fast the edge stores and answers, against nginx, a C yardstick and two peers.

    python -m benchmarks.edge [--smoke] [--rounds 3] [--seconds 5]

Every server gets a fresh port and an empty store, one second of warming up, then the load of wrk
over 64 connections. nginx and the yardstick run before and after the others in each round, the
order turns from round to round, and a ratio compares figures of one round only: medians of ratios
are what counts, the figures themselves belong to the machine. After each run the stored rows are
compared with the answers. At 5,000 hits a second an open-loop client takes the latency from the
moment each request was due. Exit code 1 if a bar is missed (half the bars with --smoke).
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median

from benchmarks import bars
from benchmarks import edge_servers as servers
from benchmarks.edge_servers import Planner, Running, running
from benchmarks.measuring import Latency, Load, closed_loop, open_loop
from benchmarks.postgres import running_postgres

CONNECTIONS = 64
RATE = 5_000
WARM_S = 1.0
# What the edge has to reach, as ratios within one round.
BARS = {"nginx": 0.12, "yardstick": 0.35, "pytracking": 10.0, "nodemailer": 5.0}
P99_BAR = 5.0


@dataclass(slots=True)
class Round:
    """The figures of one round, by server; several runs of one server are averaged."""

    loads: dict[str, list[Load]] = field(default_factory=dict)
    latencies: dict[str, Latency] = field(default_factory=dict)

    def rate(self, name: str) -> float:
        """Hits a second; of a peer's configurations the best one."""
        if name in self.loads:
            rates = [load.rate for load in self.loads[name]]
            return sum(rates) / len(rates)
        return max(self.rate(one) for one in self.loads if one.startswith(f"{name} "))


def run_round(planners: dict[str, Planner], seconds: float, *, turned: bool) -> Round:
    """One round over all servers, with the two measures before and after the others."""
    measures = ["nginx", "yardstick"]
    others = [name for name in planners if name not in measures]
    order = [*measures, *(others[::-1] if turned else others), *measures[::-1]]
    result = Round()
    for name in order:
        with running(planners[name]) as server:
            result.loads.setdefault(name, []).append(_load(name, server, seconds))
    for name in ("edge", "yardstick") if turned else ("yardstick", "edge"):
        with running(planners[name]) as server:
            open_loop(server.port, server.path, RATE, WARM_S, CONNECTIONS)
            result.latencies[name] = open_loop(server.port, server.path, RATE, seconds, CONNECTIONS)
    return result


def _load(name: str, server: Running, seconds: float) -> Load:
    ask = partial(closed_loop, server.port, server.path)
    warm = ask(seconds=WARM_S, connections=CONNECTIONS, pids=server.pids)
    load = ask(seconds=seconds, connections=CONNECTIONS, pids=server.pids)
    stored, answered = server.stored(), warm.answered + load.answered
    # wrk leaves up to one request a connection unread at the end of each of the two runs.
    if stored is not None and not answered <= stored <= answered + 2 * CONNECTIONS:
        raise RuntimeError(f"{name}: {answered} answered, but {stored} stored")
    kept = "" if stored is None else f", {stored - answered:+} rows beside {answered} answers"
    print(
        f"  {name:28} {load.rate:9,.0f}/s  {load.cpu_us:6.1f} us CPU a hit"
        f" (client {load.client_us:.1f}){kept}",
        flush=True,
    )
    return load


def report(rounds: list[Round], share: float) -> bool:
    """Print the medians of the ratios; true if every bar is reached."""
    rows = [
        _tell(f"edge / {name}", [one.rate("edge") / one.rate(name) for one in rounds], bar * share)
        for name, bar in BARS.items()
        if _has(rounds[0], name)
    ]
    for name in ("edge", "yardstick"):
        figures = [one.latencies[name] for one in rounds]
        print(
            f"{name} at {RATE:,}/s: p50 {median(f.p50_ms for f in figures):.2f} ms,"
            f" p99 {median(f.p99_ms for f in figures):.2f} ms,"
            f" max {max(f.max_ms for f in figures):.1f} ms,"
            f" unanswered {sum(f.unanswered for f in figures)}"
        )
    p99 = [one.latencies["edge"].p99_ms / one.latencies["yardstick"].p99_ms for one in rounds]
    rows.append(_tell(f"edge / yardstick, p99 at {RATE:,}/s", p99, P99_BAR / share, is_most=True))
    return all(rows)


def _has(one: Round, name: str) -> bool:
    return any(key.split(" ")[0] == name for key in one.loads)


def _tell(what: str, ratios: list[float], bar: float, *, is_most: bool = False) -> bool:
    spread = f"{what} ({min(ratios):.2f} to {max(ratios):.2f})"
    return bars.tell(spread, median(ratios), bar, is_most=is_most)


@contextmanager
def planners(*, with_peers: bool) -> Iterator[dict[str, Planner]]:
    """Every server to compare; peers in two configurations, of which the better counts."""
    plain: dict[str, Callable[..., servers.Plan]] = {
        "nginx": servers.nginx,
        "yardstick": servers.yardstick,
        "edge": servers.edge,
    }
    if not with_peers:
        yield plain
        return
    servers.install_peers()
    plain["pytracking 1x1"] = servers.pytracking
    plain["pytracking 2x1"] = partial(servers.pytracking, workers=2)
    with running_postgres() as database:
        plain["nodemailer pool 10"] = partial(servers.nodemailer, database=database)
        plain["nodemailer pool 30"] = partial(servers.nodemailer, database=database, pool=30)
        yield plain


def main(arguments: list[str]) -> int:
    """Run and report; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="one second each, half the bars")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--no-peers", action="store_true", help="nginx and the yardstick only")
    options = parser.parse_args(arguments)
    rounds, seconds = (1, 1.0) if options.smoke else (options.rounds, options.seconds)
    results = []
    with planners(with_peers=not options.no_peers) as plans:
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}")
            results.append(run_round(plans, seconds, turned=bool(number % 2)))
    return 0 if report(results, 0.5 if options.smoke else 1.0) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
