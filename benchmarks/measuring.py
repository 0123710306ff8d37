"""Measures a server from outside: hits a second, latency at a fixed rate, CPU seconds."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

BUILD = Path("build")
USER_AGENT = (
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
)
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Load:
    """One closed-loop run: `cpu_us` is the servers' CPU time for each answered hit."""

    answered: int
    rate: float
    cpu_us: float
    client_us: float


@dataclass(frozen=True, slots=True)
class Latency:
    """One open-loop run, in milliseconds from the moment each request was due."""

    answered: int
    unanswered: int
    p50_ms: float
    p99_ms: float
    max_ms: float


def build(name: str) -> Path:
    """The compiled benchmarks/<name>.c, made anew where its source is newer."""
    source, program = Path("benchmarks") / f"{name}.c", BUILD / name
    BUILD.mkdir(exist_ok=True)
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["cc", "-O2", "-o", str(program), str(source)], check=True)
    return program


def closed_loop(port: int, path: str, seconds: float, connections: int, pids: list[int]) -> Load:
    """As many requests as the server answers over that many connections (wrk, one thread)."""
    before, client_before = cpu_seconds(pids), os.times().children_user + os.times().children_system
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{max(1, round(seconds))}s",
        "--timeout=20s",  # a starved machine is slow, not wrong
        "-H",
        f"User-Agent: {USER_AGENT}",
        f"http://127.0.0.1:{port}{path}",
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"port {port}: {said}")
    answered = int(_number(r"(\d+) requests in", said))
    client = os.times().children_user + os.times().children_system - client_before
    return Load(
        answered,
        _number(r"Requests/sec:\s+([\d.]+)", said),
        (cpu_seconds(pids) - before) / answered * 1e6,
        client / answered * 1e6,
    )


def open_loop(port: int, path: str, rate: int, seconds: float, connections: int) -> Latency:
    """Requests at a fixed rate, whatever the server does (benchmarks/openloop.c)."""
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: {USER_AGENT}\r\n\r\n"
    command = [str(build("openloop")), str(port), str(rate), str(max(1, round(seconds)))]
    done = subprocess.run(
        [*command, str(connections)], check=True, capture_output=True, input=request.encode()
    )
    answered, unanswered, p50, p99, _, most = (float(word) for word in done.stdout.split())
    return Latency(int(answered), int(unanswered), p50 / 1e3, p99 / 1e3, most / 1e3)


def cpu_seconds(pids: list[int]) -> float:
    """User and system time of these processes and of everything below them, so far."""
    return sum(map(_ticks_of_tree, pids)) / _TICKS


def _ticks_of_tree(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has ended since its parent named it
        return 0
    # Its own time and that of its children that have ended (utime, stime, cutime, cstime).
    return sum(map(int, fields[11:15])) + sum(_ticks_of_tree(int(child)) for child in children)


def _number(pattern: str, text: str) -> float:
    match = re.search(pattern, text)
    if not match:
        raise RuntimeError(f"no {pattern} in: {text}")
    return float(match[1])
