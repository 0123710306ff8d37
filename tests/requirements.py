"""Which test proves which requirement; `python -m tests.requirements` writes the page."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "requirements.md"
TITLES = ROOT / "tests" / "data" / "requirements.toml"
NOT_YET = "not yet"

Proofs = dict[str, list[str]]


def page() -> str:
    """The whole text of docs/requirements.md as it should be now."""
    found = proofs()
    sections = titles()
    parts = [
        "# Requirements and their proofs",
        "Made by `make docs` from the marks on the tests; do not edit."
        f" {len(found)} of {sum(map(len, sections.values()))} have a test.",
    ]
    for section, lines in sections.items():
        rows = [_row(number, title, found.get(number, [])) for number, title in lines.items()]
        table = "\n".join(["| | promise | proved by |", "|---|---|---|", *rows])
        parts += [f"## {section}", table]
    return "\n\n".join(parts) + "\n"


def titles() -> dict[str, dict[str, str]]:
    """Section -> {requirement: what is promised}, in the order of the file."""
    return tomllib.loads(TITLES.read_text())


@cache
def proofs() -> Proofs:
    """Requirement -> the tests that name it, as `tests/mail/test_mime.py::test_name`."""
    found: Proofs = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text()
        marks = _marks(ast.parse(text)) if "pytest.mark.req(" in text else ()
        for name, number in marks:
            place = str(path.relative_to(ROOT)) + (f"::{name}" if name else "")
            found.setdefault(number, []).append(place)
    return found


def _marks(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Each (test or empty for the whole file, requirement) that a file's marks name."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from ((node.name, n) for mark in node.decorator_list for n in _numbers(mark))
        elif isinstance(node, ast.Assign) and _is_pytestmark(node):
            yield from (("", n) for mark in ast.walk(node.value) for n in _numbers(mark))


def _is_pytestmark(node: ast.Assign) -> bool:
    return [ast.unparse(target) for target in node.targets] == ["pytestmark"]


def _numbers(node: ast.AST) -> list[str]:
    """The arguments of `pytest.mark.req(...)`; nothing for any other expression."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.req":
        return [str(ast.literal_eval(argument)) for argument in node.args]
    return []


def _row(number: str, title: str, tests: list[str]) -> str:
    return f"| {number} | {title} | {'<br>'.join(f'`{test}`' for test in tests) or NOT_YET} |"


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"{PAGE.relative_to(ROOT)} written")
