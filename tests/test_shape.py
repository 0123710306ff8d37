"""The shape of the code: small modules and functions, each with its words and its test file."""

import ast
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent
ROOMS = ("backend", "playground", "gmail_addon")
MODULE_LINES = 250
FUNCTION_LINES = 40

# Modules without a test file of their own name, and where they are tested instead.
TESTED_ELSEWHERE: dict[str, str] = {
    "backend/backup/making.py": "tests/cli/test_backup.py, on both engines",
    "backend/backup/manifest.py": "tests/backup/test_archive.py, at whose end it is",
    "backend/backup/refused.py": "tests/cli/test_backup.py, where an installation is replaced",
    "backend/backup/restoring.py": "tests/cli/test_backup.py, on both engines",
    "backend/backup/targets.py": "tests/cli/test_backup.py, on both engines",
    "backend/drain/place.py": "tests/drain/test_steps.py and test_stream.py, step by step",
    "backend/models/senders.py": "tests/web/admin/test_senders.py and tests/cli/test_relay.py",
    "backend/relay/belonging.py": "tests/relay/test_stamper.py, whose half it is",
    "playground/gmail_sync_api.py": "tests/playground/test_gmail_box.py",
    "playground/google_answers.py": "tests/playground/test_gmail_api.py",
    # What Gmail gets is tested: each answer of each handler, parsed by tests/gmail_addon/contract.
    "gmail_addon/answers.py": "tests/gmail_addon/handlers, every answer",
    "gmail_addon/asking.py": "tests/gmail_addon/handlers, every question",
    "gmail_addon/cards/compose.py": "tests/gmail_addon/handlers/test_compose.py",
    "gmail_addon/cards/home.py": "tests/gmail_addon/handlers/test_home.py",
    "gmail_addon/cards/mail.py": "tests/gmail_addon/handlers/test_mail.py",
    "gmail_addon/cards/meetings.py": "tests/gmail_addon/handlers/test_message.py",
    "gmail_addon/cards/notices.py": "tests/gmail_addon/test_door.py",
    "gmail_addon/cards/person.py": "tests/gmail_addon/handlers/test_message.py",
    "gmail_addon/cards/rows.py": "tests/gmail_addon/handlers/test_home.py and test_mail.py",
    "gmail_addon/cards/settings.py": "tests/gmail_addon/handlers/test_settings.py",
    "backend/models/migrations/0001_core.py": "every test of a table; tests/models/test_schema.py",
    "backend/models/identities.py": "tests/access/test_identities.py, whose rows they are",
    "backend/models/migrations/0009_gmail_addon.py": "tests/models/test_google.py, whose rows are",
    "backend/models/migrations/0013_mail_words.py": "tests/tracking/test_mail_index.py",
    "backend/models/migrations/0030_words_of_recipients.py": "tests/tracking/test_mail_index.py",
    "backend/models/migrations/0011_feed_marks.py": "tests/web/test_feed.py, whose marks they are",
    "backend/access/flows.py": "tests/web/test_oauth.py, against a provider",
    "backend/access/mailboxes.py": "tests/web/test_mailboxes.py, against a provider",
    "backend/providers/microsoft.py": "tests/web/test_mailboxes.py, against a provider",
    "backend/providers/openid.py": "tests/web/test_oauth.py, against a provider",
    "backend/providers/probe.py": "tests/web/test_mailboxes.py, against a provider",
    "backend/web/travels.py": "tests/web/test_oauth.py, against a provider",
    "backend/models/migrations/0016_connecting.py": "tests/web/test_oauth.py",
    "backend/models/migrations/0027_panel_accounts.py": "tests/web/test_approving.py",
    "backend/tracking/engagement_rows.py": "tests/tracking/test_ledger.py, whose rows they are",
    "backend/capture/bounces.py": "tests/capture/test_ingest.py: a mail is taken in as a whole",
    "backend/capture/joining.py": "tests/capture/test_ingest.py",
    "backend/capture/messages.py": "tests/capture/test_ingest.py",
    "backend/capture/replies.py": "tests/capture/test_ingest.py",
    "backend/providers/mail.py": "tests/fakes/mailbox.py keeps to it; tests/capture/test_sync.py",
    "backend/capture/meetings.py": "tests/capture/test_calendar_sync.py, whose rows they are",
    "backend/capture/opening.py": "tests/capture/test_running.py, for each provider",
    "backend/access/address_books.py": "tests/web/test_mailboxes.py, against a provider",
    "backend/capture/address_book.py": "tests/capture/test_contacts_sync.py, entry by entry",
    "backend/capture/book_links.py": "tests/capture/test_contacts_sync.py",
    "backend/capture/side_streams.py": "tests/capture/test_calendar_sync.py and its like",
    "backend/models/migrations/0035_address_books.py": "tests/capture/test_contacts_sync.py",
    "backend/providers/contacts.py": "tests/fakes/contacts.py keeps to it",
    "backend/models/migrations/0019_calendar.py": "tests/capture/test_calendar_sync.py",
    "backend/providers/calendar.py": "tests/fakes/calendar.py keeps to it",
    "backend/providers/graph.py": "tests/providers/test_graph_mailbox.py, call by call",
    "backend/providers/graph_meetings.py": "tests/providers/test_graph_calendar.py",
    "backend/providers/graph_messages.py": "tests/providers/test_graph_mailbox.py, mail by mail",
    "backend/capture/pushes.py": "tests/web/test_webhooks.py, notice by notice",
    "backend/models/migrations/0031_push.py": "tests/web/test_webhooks.py",
    "backend/providers/graph_push.py": "tests/web/test_webhooks.py, against a fake Graph",
    "backend/providers/push.py": "backend/providers/graph_push.py keeps to it, as mypy sees",
    "backend/capture/streams.py": "tests/capture/test_sync.py, whose turns move it",
    "backend/models/migrations/0007_capture.py": "tests/models/test_schema.py, tests/capture",
    "backend/providers/google_entries.py": "tests/providers/test_google_calendar.py",
    "backend/models/migrations/0024_tracked_send_ids.py": "tests/gmail_addon/handlers",
    "playground/asked.py": "tests/playground/test_calls.py, every call",
    "playground/gmail_desk.py": "tests/playground/test_gmail_window.py and the journeys",
    "backend/models/migrations/0021_organisation_grants.py": "tests/access/test_grants.py",
    "backend/models/migrations/0033_meetings_by_end.py": "tests/capture/test_retention.py",
    "backend/models/migrations/0034_gmail_notices.py": "tests/web/test_webhooks_gmail.py",
    "backend/models/gmail_notices.py": "tests/web/test_webhooks_gmail.py",
    "backend/providers/google_tokens.py": "tests/web/test_webhooks_gmail.py, the add-on's door",
    "backend/web/admin/gmail_commands.py": "tests/web/admin/test_notices.py",
    "backend/access/watches.py": "tests/capture/test_gmail_notices.py",
    "backend/capture/unsubscribing.py": "tests/capture/test_gmail_notices.py and tests/web",
    "backend/models/migrations/0012_message_references.py": "tests/capture/test_ingest.py",
    "backend/models/migrations/0044_erasures.py": "tests/privacy/test_erasing.py",
    "backend/models/migrations/0046_last_backup.py": "tests/models/test_backups.py",
    "backend/models/migrations/0040_answers_that_opt_out.py": "tests/capture/test_feedback.py",
}

# Tables whose rows only tests read as objects: the product asks for them in SQL.
ASKED_IN_SQL = {"PersonAddress", "TrackedLink"}

# Each of these has bitten somebody; `why` is what to do instead.
BANNED = (
    ("name the issue in an issue, not in a comment", r"#.*\b(TODO|FIXME|XXX)\b"),
    ("say why after the code: `# noqa: S608 (names come from a list here)`", r"# noqa[^a-z(]*$"),
    ("say why after the bracket", r"# type: ignore(\[[\w, -]+\])?\s*$"),
)
# What a room must not even speak of: an import that import-linter refuses is not the only way.
UNKNOWN = (
    ("backend/tracking", "its readers are judged as everybody is", r"(?i)playground"),
    ("backend/edge", "its readers come as everybody does", r"(?i)playground"),
)
BANNED_IN_TESTS = (
    ("use a real part or a fake from tests/fakes/", r"monkeypatch\.setattr|unittest.mock"),
    ("expect(…).to_be_visible() waits for a page", r"assert .*\.is_(visible|hidden)\("),
    ("a missing part fails: it says what to do", r"pytest\.(skip|importorskip|mark\.skip)"),
    ("wait_until() in tests/waiting.py waits for something", r"\btime\.sleep\("),
    ("tests/trials.py has set it for every trial", r"\bdeadline=(None|\d)"),
)


def modules(*rooms: str) -> list[Path]:
    """Every Python file of the rooms, as paths below the repository."""
    found = (path for room in rooms for path in (ROOT / room).rglob("*.py"))
    return sorted(path.relative_to(ROOT) for path in found)


def tree(path: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse((ROOT / path).read_text())


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of the module."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree(path)) if isinstance(node, kinds)]


PRODUCT = modules(*ROOMS)
SUPPORT = [path for path in modules("tests", "benchmarks") if not path.name.startswith("test_")]
TESTS = modules("tests")

# Where a list of files no longer tells a newcomer where to look.
SIZES = Counter(path.parent for path in PRODUCT if path.parent.name != "migrations")
LARGE_ROOMS = [room for room, size in SIZES.items() if size > 30]
# What some modules are for, then their names, from one column on.
MAP_ROW = re.compile(r"^ {4}[^>\n]{15} {2}([\w ]+)$", re.MULTILINE)


@pytest.mark.parametrize("path", PRODUCT + SUPPORT, ids=str)
def test_a_module_is_small_and_says_what_it_is_for(path):
    lines = (ROOT / path).read_text().count("\n")

    assert ast.get_docstring(tree(path)), "a module begins with one sentence of what it is for"
    assert lines <= MODULE_LINES, f"{lines} lines: split it by what changes together"


@pytest.mark.parametrize("room", LARGE_ROOMS, ids=str)
def test_a_large_room_begins_with_a_map_of_its_modules(room):
    mapped = " ".join(MAP_ROW.findall((ROOT / room / "__init__.py").read_text())).split()

    there = [path.stem for path in PRODUCT if path.parent == room and path.stem != "__init__"]

    assert sorted(mapped) == sorted(there), f"name each module once in {room}/__init__.py"


@pytest.mark.parametrize("path", PRODUCT + SUPPORT, ids=str)
def test_functions_are_short(path):
    lengths = {
        node.name: node.end_lineno - node.lineno + 1 for node in functions(path) if node.end_lineno
    }

    assert {name: n for name, n in lengths.items() if n > FUNCTION_LINES} == {}


@pytest.mark.parametrize("path", [path for path in PRODUCT if functions(path)], ids=str)
def test_a_module_has_its_test_file(path):
    if str(path) in TESTED_ELSEWHERE:
        return

    assert any((ROOT / place).exists() for place in places(path)), (
        f"write {places(path)[0]}, or say in TESTED_ELSEWHERE where it is tested"
    )


def places(path: Path) -> list[Path]:
    """Where the tests of a module may lie: backend/mail/mime.py -> tests/mail/test_mime.py."""
    inside = Path(*path.parts[1:]) if path.parts[0] == "backend" else path
    if path.name == "__init__.py":
        room = inside.parent
        return [Path("tests") / room / f"test_{room.name}.py", Path("tests") / f"test_{room}.py"]
    return [Path("tests") / inside.parent / f"test_{inside.name}"]


def test_the_table_of_exceptions_is_current():
    gone = [path for path in TESTED_ELSEWHERE if not (ROOT / path).exists()]
    needless = [
        path
        for path in TESTED_ELSEWHERE
        if any((ROOT / place).exists() for place in places(Path(path)))
    ]

    assert (gone, needless) == ([], [])


def test_nothing_is_defined_that_nothing_names_again():
    pages = [path for room in ("console", "playground") for path in (ROOT / room).rglob("*.html")]
    texts = [path.read_text() for path in (*(ROOT / each for each in PRODUCT), *pages)]
    said = Counter(word for text in texts for word in re.findall(r"\w+", text))

    unused = {f"{path}: {name}" for path in PRODUCT for name in defined(path) if said[name] == 1}

    assert {each.rpartition(" ")[2] for each in unused} == ASKED_IN_SQL, unused


def defined(path: Path) -> set[str]:
    """The names that a module gives to functions, classes and values; a decorator uses its own."""
    found = set()
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list:
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {each.id for each in node.targets if isinstance(each, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


@pytest.mark.parametrize(("why", "pattern"), BANNED)
def test_no_line_has(why, pattern):
    others = [path for path in TESTS if path.name != "test_shape.py"]

    assert matches(PRODUCT + modules("benchmarks") + others, pattern) == [], why


@pytest.mark.parametrize(("room", "why", "pattern"), UNKNOWN)
def test_a_room_does_not_know(room, why, pattern):
    assert modules(room)
    assert matches(modules(room), pattern) == [], why


@pytest.mark.parametrize(("why", "pattern"), BANNED_IN_TESTS)
def test_no_test_has(why, pattern):
    exempt = {"test_shape.py", "waiting.py", "trials.py", "lateness.py"}
    others = [path for path in TESTS if path.name not in exempt]

    assert matches(others, pattern) == [], why


def test_no_trial_is_judged_by_its_time():
    assert settings().deadline is None
    assert HealthCheck.too_slow in settings().suppress_health_check


def matches(paths: list[Path], pattern: str) -> list[str]:
    """`path:line: text` of each line that the pattern is found in."""
    found = re.compile(pattern)
    return [
        f"{path}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1)
        if found.search(line)
    ]


def test_the_direct_requirements_are_pinned_and_named_alike():
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text())
    head = (ROOT / "requirements.txt").read_text().partition("# Brought in by the above")[0]

    pinned = re.findall(r"^([\w.\[\],-]+)==[\w.]+$", head, re.MULTILINE)

    assert sorted(pinned) == sorted(metadata["project"]["dependencies"])


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned(name):
    lines = (ROOT / name).read_text().splitlines()
    loose = [line for line in lines if line and line[0] not in "#-" and "==" not in line]

    assert loose == []


def test_the_lock_file_of_the_scripts_names_no_download_host():
    lock = (ROOT / "package-lock.json").read_text()

    assert '"resolved"' not in lock
    assert "darwin" in lock, "made on one system only: npm left the other system's builds out"
