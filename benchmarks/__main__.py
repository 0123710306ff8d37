"""`make bench`: every measurement, one after the other; `--full` for whole rounds and large tables.

At the end all bars with what was measured. Exit code 1 if one is missed or a measurement failed.
"""

import argparse
import subprocess
import sys
import time

from benchmarks.bars import MARK

SHORT = (
    ("edge", "--rounds", "3", "--seconds", "2"),
    ("drain", "--rows", "100000"),
    ("feed", "--rows", "100000", "--users", "500"),
    ("search", "--mails", "100000"),
    ("stamping",),
    ("stamping_api",),
    ("outlook", "--rounds", "30"),
    ("paint", "--rounds", "3"),
    ("relay", "--mails", "200"),
    ("gmail", "--rows", "100000"),
    ("people", "--rows", "20000", "--people", "20000"),
    ("capture", "--mails", "2000", "--people", "20000"),
)
FULL = (
    ("edge", "--rounds", "5", "--seconds", "6"),
    ("drain", "--rows", "100000,1000000,5000000"),
    ("feed", "--rows", "100000,1000000", "--users", "1,500"),
    ("search", "--mails", "1000000"),
    ("stamping",),
    ("stamping_api",),
    ("outlook", "--rounds", "200"),
    ("paint", "--rounds", "10"),
    ("relay", "--mails", "2000"),
    ("gmail", "--rows", "100000"),
    ("people", "--rows", "100000", "--people", "1000000"),
    ("capture", "--mails", "50000", "--people", "100000"),
)


def main() -> int:
    """Run them and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true")
    bars, failed = [], []
    for name, *options in FULL if parser.parse_args().full else SHORT:
        start = time.monotonic()
        print(f"\n== {name} ==", flush=True)
        lines, code = _run([sys.executable, "-m", f"benchmarks.{name}", *options])
        print(f"({time.monotonic() - start:.0f} s)", flush=True)
        bars += lines
        failed += [name] if code and not lines else []
    print("\n== all bars: measured, wanted ==")
    print("\n".join(line.removeprefix(MARK) for line in bars))
    for name in failed:
        print(f" {name} FAILED")
    return 1 if failed or any("MISSED" in line for line in bars) else 0


def _run(command: list[str]) -> tuple[list[str], int]:
    """Run it, showing what it says; its lines about bars and its exit code."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        bars = []
        for line in process.stdout or ():
            print(line, end="", flush=True)
            if line.startswith(MARK):
                bars.append(line.rstrip())
    return bars, process.returncode


if __name__ == "__main__":
    sys.exit(main())
