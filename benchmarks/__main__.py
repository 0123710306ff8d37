"""`make bench`: every measurement, one after the other; `--full` for whole rounds and large tables.

Exit code 1 if one of them says that its bar is missed.
"""

import argparse
import subprocess
import sys

SHORT = (
    ("edge", "--rounds", "1", "--seconds", "3"),
    ("drain", "--rows", "100000"),
    ("feed", "--rows", "100000", "--users", "500"),
    ("stamping",),
    ("stamping_api",),
    ("relay", "--mails", "200"),
    ("gmail", "--rows", "100000"),
    ("people", "--rows", "20000", "--people", "20000"),
    ("capture", "--mails", "2000", "--people", "20000"),
)
FULL = (
    ("edge", "--rounds", "5", "--seconds", "6"),
    ("drain", "--rows", "100000,1000000,5000000"),
    ("feed", "--rows", "100000,1000000", "--users", "1,500"),
    ("stamping",),
    ("stamping_api",),
    ("relay", "--mails", "2000"),
    ("gmail", "--rows", "100000"),
    ("people", "--rows", "100000", "--people", "1000000"),
    ("capture", "--mails", "50000", "--people", "100000"),
)


def main() -> int:
    """Run them and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true")
    missed = 0
    for name, *options in FULL if parser.parse_args().full else SHORT:
        print(f"\n== {name} ==", flush=True)
        ran = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options], check=False)
        missed += ran.returncode != 0
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
