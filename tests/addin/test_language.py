"""The handler's file is what classic Outlook's engine can run: ES2016, no DOM, no imports."""

import gzip
import json
import re
import subprocess

import pytest

from backend.web.addin import ADDIN
from backend.web.files import read_tree
from tests.processes import ROOT

NODE = ROOT / ".venv/bin/node"
SOURCE = (ROOT / "addin/static/events.js").read_text()
SERVED = read_tree(ADDIN / "static").files["events.js"].plain.decode()
MAX_BYTES = 15_000


def faults(*texts):
    done = subprocess.run(
        [NODE, ROOT / "tests/addin/parse_es2016.mjs"],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_parser_that_knows_no_more_than_es2016_takes_it():
    assert faults(SOURCE, SERVED) == [None, None]


@pytest.mark.parametrize(
    "text",
    [
        "async function f() {}",
        "a?.b",
        "const a = {...b};",
        "try {} catch {}",
        "class A { b = 1 }",
        "import a from 'b';",
        "f(a,);",
        "a ?? b",
        "/(?<=a)b/",
        "const a = b ? 1 : 2;",
    ],
)
def test_that_parser_takes_nothing_newer(text):
    assert faults(text) != [None]


LACKING = (
    ("there is no document", "document.title;"),
    ("there is no fetch", "fetch('x');"),
    ("there is no URL", "new URL('x');"),
    ("there is no storage", "localStorage.getItem('x');"),
    ("newer than ES2016", "Object.values({});"),
    ("no such call of Office", "draft({}).body.setASync();"),
    ("no such call by name", "ask(draft({}).body, 'setASync');"),
)


def test_the_type_checker_knows_what_the_engine_lacks(tmp_path):
    config = json.loads((ROOT / "addin/tsconfig.json").read_text())
    config["files"] = ["events.js", str(ROOT / "addin/types/events.d.ts")]
    config["compilerOptions"]["typeRoots"] = [str(ROOT / "node_modules/@types")]
    (tmp_path / "tsconfig.json").write_text(json.dumps(config))
    (tmp_path / "events.js").write_text("\n".join([SOURCE, *(line for _, line in LACKING)]))

    done = subprocess.run(
        [NODE, ROOT / "node_modules/typescript/bin/tsc", "-p", tmp_path],
        capture_output=True,
        text=True,
    )

    found = {int(line) for line in re.findall(r"events\.js\((\d+),\d+\): error", done.stdout)}
    first = SOURCE.count("\n") + 2
    assert found == {first + number for number in range(len(LACKING))}, done.stdout


def test_it_is_small():
    assert len(SERVED) <= MAX_BYTES
    assert len(gzip.compress(SERVED.encode())) <= 6_000


def test_what_is_served_is_the_source_without_its_comments(client):
    served = client.get("/addin/events.js").text

    assert served == SERVED
    assert not re.search(r"^\s*(//|/\*(?!.*\*/ ?\S))", served, re.MULTILINE)
    assert tokens(served) == tokens(SOURCE)


def tokens(script):
    """The script's code with its spaces and comments gone."""
    bare = re.sub(r"/\*(?:(?!\*/)[\s\S])*\*/|^\s*//.*$", "", script, flags=re.MULTILINE)
    return re.sub(r"\s+", "", bare)


# The handler and the two lines that start it; and the panel's only way to Outlook.
NAMES_OFFICE = {"addin/static/events.js", "addin/static/ready.js", "addin/static/mailbox.js"}


def test_one_module_of_the_panel_names_office_and_no_shared_one_does():
    scripts = [*(ROOT / "addin/static").glob("*.js"), *(ROOT / "console/static").glob("*.js")]
    naming = {
        script.relative_to(ROOT).as_posix()
        for script in scripts
        if re.search(r"\bOffice\b", code(script.read_text()))
    }

    assert naming == NAMES_OFFICE


def test_the_panel_and_the_web_feed_have_one_set_of_modules():
    own = {script.name for script in (ROOT / "addin/static").glob("*.js")}
    shared = {script.name for script in (ROOT / "console/static").glob("*.js")}
    panel = "".join(script.read_text() for script in (ROOT / "addin/static").glob("*.js"))

    assert own & shared == set(), "a second copy"
    for name in ("api.js", "dom.js", "engagement.js", "feed.js", "fold.js", "time.js", "words.js"):
        assert f'"../../console/static/{name}"' in panel


def code(script):
    """The script without comments and texts."""
    bare = re.sub(r"/\*(?:(?!\*/)[\s\S])*\*/|(?<![:\"'])//.*$", "", script, flags=re.MULTILINE)
    return re.sub(r'"[^"\n]*"', '""', bare)
