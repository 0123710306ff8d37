"""Nothing that a person sees is written anywhere but in the catalogue, in every language."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

import playground.site  # noqa: F401 (their errors are looked for)
from backend.words import CATALOGUES, Language
from tests.processes import ROOT

EN, DE = CATALOGUES[Language.EN], CATALOGUES[Language.DE]

# Whose errors end in a terminal, in a log or in another program, each with its reason.
NOT_FOR_PERSONS = {
    "backend/backup": "a terminal",
    "backend/cli": "a terminal",
    "backend/db/postgres.py": "a terminal: what cannot work stops the start",
    "backend/drain": "a log",
    "backend/serve": "a terminal: what cannot work stops the start",
    "backend/relay": "a log, and the health page's own words",
    "backend/edge": "a log; its pages are its own",
    "backend/providers/gmail_mailbox.py": "a mailbox's row; the health page has its own words",
    "backend/providers/google_tokens.py": "Google's servers",
    "backend/providers/mail.py": "a mailbox's row; the health page has its own words",
    "backend/tracking/hitlog": "a log",
    "backend/tracking/linkbook.py": "a terminal",
    "backend/tracking/lists.py": "a terminal",
    "backend/tracking/networks.py": "a terminal",
    "backend/tracking/published.py": "a terminal",
    "backend/tracking/refresh.py": "a terminal",
    "gmail_addon/deployment.py": "a terminal",
    "gmail_addon/door.py": "Google's servers: persons get a card",
    "gmail_addon/event.py": "Google's servers",
    "gmail_addon/identity.py": "Google's servers",
    "gmail_addon/operations.py": "Google's servers",
    "gmail_addon/routes.py": "Google's servers",
    "gmail_addon/signing.py": "Google's servers",
    "playground/asked.py": "an API: the add-on has its own words",
    "playground/gmail_api.py": "an API: the add-on has its own words",
    "playground/gmail_drafts.py": "the same; the page says that a draft is not saved",
    "playground/gmail_box.py": "an API: sync has its own words",
    "playground/google.py": "an API: the add-on has its own words",
    "playground/google_answers.py": "an API: sync has its own words",
    "playground/google_calendar.py": "an API: sync has its own words",
    "playground/google_grants.py": "an API: who connects has its own words",
    "playground/mail_host.py": "SMTP",
    "playground/client.py": "the stamp API's own answer is handed on",
}


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the product whose errors a person may see."""
    for room in ("backend", "gmail_addon", "playground"):
        for path in sorted((ROOT / room).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(tuple(NOT_FOR_PERSONS)):
                yield name, ast.parse(path.read_text())


TREES = dict(trees())
CLASSES = [
    node for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
]


def kinds_of(*roots: str) -> set[str]:
    """The names of the classes that come from these."""
    found = set(roots)
    while (
        more := {each.name for each in CLASSES if found & {_name(base) for base in each.bases}}
        - found
    ):
        found |= more
    return found


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


KINDS = kinds_of("TelltaleError", "Unfit") - {"SettingsError"}  # a terminal

# Texts that are written alike in both languages: names, and words that German took over.
ALIKE = frozenset(
    {
        "API", "Administration", "Apple Mail", "April", "August", "Bcc", "Carol Castillo", "Cc",
        "Code", "Deutsch", "Do Not Track", "Domain", "Domains", "English", "Feed", "Google",
        "Google Workspace: Gmail", "Lead", "Leads", "Link", "Links", "Mail", "Microsoft",
        "Microsoft Safe Links", "Name", "November", "Organisation", "Outlook", "Person", "Push",
        "Relay", "September", "System", "Team", "Teams", "Telltale", "Text", "https://…",
        "{n} ms",
    }
)  # fmt: skip
# Jinja's own; the block `width` is the name of a class, not a text.
MARKUP = re.compile(
    r"\{#.*?#\}|\{% block width %\}[\w-]*\{% endblock %\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL
)
SLOTS_ONLY = re.compile(r"(\{\w+\}|\W)+")
NAMES = frozenset(
    {"API", "BCDF-GHJK", "Gmail", "Telltale", "checked", "ms"}
)  # what a template may say by itself
SHOWN_ATTRIBUTES = frozenset({"title", "aria-label", "placeholder", "alt", "label"})
SILENT = frozenset({"code", "pre", "script", "style"})
TEMPLATES = [
    *(ROOT / "console").rglob("*.html"),
    *(ROOT / "playground").rglob("*.html"),
    *(ROOT / "addin").rglob("*.html"),
]
SCRIPTS = [*(ROOT / "console/static").rglob("*.js"), *(ROOT / "addin/static").glob("*.js")]


FAULT = "connections.fault_"  # before the keys of a provider's refusals


def raised() -> Iterator[tuple[str, ast.expr]]:
    """Where an error is made, and what it says."""
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and _name(node.func) in KINDS:
                yield f"{name}:{node.lineno}", node.args[0]


def test_every_error_that_a_person_may_see_says_a_sentence_of_the_catalogue():
    unsaid = [
        f"{place} {ast.unparse(said)}"
        for place, said in raised()
        if isinstance(said, ast.JoinedStr)
        or (
            isinstance(said, ast.Constant)
            and not EN.keys() & {said.value, f"{FAULT}{said.value!s}"}
        )
    ]

    assert unsaid == []


def test_the_table_of_those_not_for_persons_is_current():
    paths = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("*/**/*.py")]

    assert [key for key in NOT_FOR_PERSONS if not any(path.startswith(key) for path in paths)] == []


def test_every_kind_of_error_has_its_title():
    slugs = {
        node.value.value
        for each in CLASSES
        if each.name in KINDS
        for node in each.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Constant)
        and "slug" in ast.unparse(node)
    }

    assert len(slugs) > 10
    assert [slug for slug in slugs if f"errors.{slug!s}" not in EN] == []


def test_every_text_is_written_in_both_languages():
    same = {
        key: text
        for key, text in EN.items()
        if text == DE[key] and text not in ALIKE and not SLOTS_ONLY.fullmatch(str(text))
    }

    assert same == {}


class _Shown(HTMLParser):
    """The texts of a template that are not asked of the catalogue."""

    def __init__(self, template: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._silent = 0
        self.feed(MARKUP.sub("", template))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        self._note(*(value or "" for name, value in attrs if name in SHOWN_ATTRIBUTES))

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._note(data)

    def _note(self, *texts: str) -> None:
        self.found |= {text.strip(" \n·:") for text in texts if re.search(r"[^\W\d_]{2}", text)}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_template_says_nothing_by_itself(path):
    assert _Shown(path.read_text()).found <= NAMES


# A text of several words that begins with a capital, outside of a comment.
SPOKEN = re.compile(r"""["'`>][A-ZÄÖÜ][a-zäöüß]+ [a-zäöüß]+""")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_script_says_nothing_by_itself(path):
    code = re.sub(r"/\*.*?\*/|^\s*//.*$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)

    assert SPOKEN.findall(code) == []
