"""Toy processes for the supervisor: `python -m tests.serve.toys <what> <folder> [name]`.

child     writes its process id to <name>, ends on SIGTERM or SIGINT and writes which it was
stubborn  the same, and ends on no signal
failing   ends at once with exit code 3
unsettled says that its settings cannot work, as soon as the app is there
supervise runs a supervisor over children named in <name>: "child:a,stubborn:b"
beset     the same, with a signal at each of its lines, as if a child had ended just then
"""

import os
import signal
import sys
from pathlib import Path

from backend.serve.supervisor import Child, Supervisor
from tests.waiting import wait_until


def note(folder, name, text):
    with (folder / name).open("a") as file:
        file.write(f"{text}\n")


def child(folder, name, *, is_stubborn=False):
    def end(number, _frame):
        note(folder, "ends", f"{name} {signal.Signals(number).name}")
        if not is_stubborn:
            os._exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    note(folder, name, os.getpid())
    while True:
        signal.pause()


def supervise(folder, names):
    children = []
    for entry in names.split(","):
        what, name = entry.split(":")
        how = signal.SIGINT if name == "worker" else signal.SIGTERM
        children.append(Child(name, "tests.serve.toys", (what, str(folder), name), how))
    supervisor = Supervisor(children, lambda line: note(folder, "said", line))
    code = supervisor.run(
        is_ready=lambda: all((folder / one.name).exists() for one in children),
        on_ready=lambda: note(folder, "banner", "ready"),
    )
    note(folder, "code", code)
    sys.exit(code)


def beset(_frame, event, _argument):
    if event == "line":
        signal.raise_signal(signal.SIGCHLD)
    return beset


def main(what, folder, name=""):
    place = Path(folder)
    if what == "beset":
        sys.settrace(beset)
    if what in {"child", "stubborn"}:
        child(place, name, is_stubborn=what == "stubborn")
    if what == "failing":
        note(place, name, os.getpid())
        sys.exit(3)
    if what == "unsettled":
        wait_until((place / "app").exists, 30, "the app")
        note(place, name, os.getpid())
        sys.exit(os.EX_CONFIG)
    supervise(place, name)


if __name__ == "__main__":
    main(*sys.argv[1:])
