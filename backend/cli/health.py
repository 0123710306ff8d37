"""doctor: what is configured, reachable and missing."""

import argparse

from backend.cli import checks
from backend.cli.commands import Commands, add
from backend.settings import Settings

MARKS = {checks.Verdict.GOOD: "ok  ", checks.Verdict.NOTE: "note", checks.Verdict.BAD: "BAD "}


def add_commands(commands: Commands) -> None:
    """Declare doctor."""
    add(commands, "doctor", _doctor, "Tell what is configured, reachable and missing")


def _doctor(_arguments: argparse.Namespace, settings: Settings) -> int:
    findings = checks.all_of(settings)
    for found in findings:
        print(f"{MARKS[found.verdict]}  {found.subject:<16} {found.text}")
    bad = sum(found.verdict is checks.Verdict.BAD for found in findings)
    print(f"{bad} to mend." if bad else "Nothing to mend.")
    return 1 if bad else 0
