"""Finds the programs that tests and benchmarks drive; as a command it installs Debian's.

`python -m tests.programs chromium` is part of `make test`, `nginx wrk cc` of `make bench`.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Program:
    """A program by the names it goes by, Debian's packages for it, and macOS's command."""

    names: tuple[str, ...]
    debian: tuple[str, ...]
    mac: str
    mac_apps: tuple[str, ...] = ()


PROGRAMS = {
    "chromium": Program(
        names=("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
        debian=("chromium",),
        mac="brew install --cask chromium",
        mac_apps=(
            "/Applications/Chromium.app/Contents/MacOS/Chromium",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        ),
    ),
    "nginx": Program(("nginx",), ("nginx-light",), "brew install nginx"),
    "wrk": Program(("wrk",), ("wrk",), "brew install wrk"),
    "fusermount3": Program(("fusermount3",), ("fuse3",), "not to be had: run this test on Linux"),
    "swaks": Program(("swaks",), ("swaks",), "brew install swaks"),
    "cc": Program(("cc", "gcc", "clang"), ("gcc", "libc6-dev"), "xcode-select --install"),
}


def find(name: str) -> str | None:
    """The program's path: the variable of its upper-case name first, then the usual places."""
    program = PROGRAMS[name]
    chosen = os.environ.get(name.upper())
    if chosen:
        return shutil.which(chosen)
    usual = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    on_path = (shutil.which(known, path=usual) for known in program.names)
    apps = (app for app in program.mac_apps if Path(app).exists())
    return next((path for path in (*on_path, *apps) if path), None)


def path_of(name: str) -> str:
    """The program's path. Raises LookupError with a sentence that says what to do."""
    path = find(name)
    if path is None:
        raise LookupError(missing(name))
    return path


def missing(name: str) -> str:
    """One line that says how to bring the program."""
    program = PROGRAMS[name]
    packages = " ".join(program.debian)
    return (
        f"{name} is missing: install it (Debian: `apt-get install {packages}`, macOS:"
        f" `{program.mac}`) or set {name.upper()} to its path"
    )


def install(name: str) -> None:
    """Install Debian's packages, as root or by a sudo that asks nothing.

    Raises LookupError where that cannot be done.
    """
    prefix = _as_root()
    if shutil.which("apt-get") is None or prefix is None:
        raise LookupError(missing(name))
    print(f"Installing {name} from Debian ...", flush=True)
    _apt_get(prefix, "update")
    failed = _apt_get(prefix, "install", "-y", "--no-install-recommends", *PROGRAMS[name].debian)
    if failed:
        raise LookupError(f"{missing(name)}\n{failed}")


def _as_root() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True).returncode == 0:
        return [sudo, "-n"]
    return None


def _apt_get(prefix: list[str], *arguments: str) -> str:
    """What apt-get complained of, or nothing where it went well."""
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.stderr.strip() or "apt-get failed" if done.returncode else ""


def main(names: list[str]) -> int:
    """Make sure of each program; 0 when all are there in the end."""
    try:
        for name in names:
            if find(name) is None:
                install(name)
            path_of(name)
    except LookupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
