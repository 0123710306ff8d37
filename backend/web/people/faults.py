"""What is wrong with the rows of a file of people, told in the reader's language."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from backend.people.columns import Fault
from backend.people.importing import Report
from backend.people.previewing import Preview
from backend.web import reader
from backend.words import Language


def told(faults: Iterable[Fault], language: Language) -> str:
    """Everything that is wrong with one row, as one text."""
    found = [(each.column, each.reason.told(language)) for each in faults]
    return "; ".join(f"{column}: {reason}" if column else reason for column, reason in found)


def listed(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """Each fault by itself, as the API shows it."""
    language = reader.language()
    return [
        {"row": each.row, "column": each.column, "reason": each.reason.told(language)}
        for each in faults
    ]


def report_out(report: Report) -> dict[str, Any]:
    """What became of the rows, as the API shows it."""
    return _values(report) | {"errors": listed(report.errors), "notes": listed(report.notes)}


def preview_out(preview: Preview) -> dict[str, Any]:
    """What an import would do, as the API shows it."""
    problem = preview.problem.told(reader.language()) if preview.problem else ""
    return _values(preview) | {"problem": problem, "faults": listed(preview.faults)}


def _values(value: Report | Preview) -> dict[str, Any]:
    return {each.name: getattr(value, each.name) for each in fields(value)}
