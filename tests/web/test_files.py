"""The static files: one address for each content, kept for a year, there without the database."""

import gzip
import re

import pytest

from backend.web.addin import ADDIN
from backend.web.files import FOLDER, read_tree
from backend.words import ON_SCREEN, Language

CODE_ENDS = ("{", "}", ";", ",", "(", ")")  # of a line of code; a sentence ends otherwise


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def tree(app):
    return app.extensions["files"]


def test_every_file_is_served_and_may_be_kept_for_a_year(client, tree):
    for name, file in tree.files.items():
        answer = client.get(tree.address(name))

        assert (answer.status_code, answer.data) == (200, file.plain), name
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Vary"] == "Accept-Encoding"
    assert client.get(tree.address("console.js")).mimetype == "text/javascript"


def test_a_file_comes_packed_to_who_can_unpack_it(client, tree):
    answer = client.get(tree.address("console.css"), headers={"Accept-Encoding": "br, gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == tree.files["console.css"].plain


def test_scripts_and_styles_go_out_without_their_comments_and_with_all_else(tree):
    for name, file in tree.files.items():
        if not name.endswith((".js", ".css")):
            continue
        kept = file.plain.decode().splitlines()
        written = [line.lstrip() for line in (FOLDER / name).read_text().splitlines()]
        left_out = list(removed(written, kept))

        assert kept, name
        assert [line for line in left_out if is_code(line.strip())] == [], name


def is_code(line):
    return line.endswith(CODE_ENDS) and not line.startswith(("*", "/*", "//"))


def removed(written, kept):
    """The lines that were left out; what was kept stands in its order."""
    rest = iter(kept)
    wanted = next(rest, None)
    for line in written:
        if line == wanted:
            wanted = next(rest, None)
        else:
            yield line
    assert wanted is None, "something was changed, not only left out"


@pytest.mark.parametrize(
    ("why", "written", "served"),
    [
        ("a block", "/** One\n * two. */\nf();\n", "f();\n"),
        ("a line", "  // why\nf();\n", "f();\n"),
        ("a cast is code", "  /** @type {A} */ (f());\n/* c */\n", "/** @type {A} */ (f());\n"),
        ("behind code", "f(); // why\n", "f(); // why\n"),
        ("an address", 'a = "https://x.test";\n', 'a = "https://x.test";\n'),
        ("in a rule", "a {\n  /* why */\n  b: c; /* d */\n}\n", "a {\nb: c; /* d */\n}\n"),
    ],
)
def test_only_comments_on_lines_of_their_own_are_left_out(tmp_path, why, written, served):
    (tmp_path / "a.js").write_text(written)

    assert read_tree(tmp_path).files["a.js"].plain.decode() == served, why


def test_no_text_of_a_script_spans_lines_so_that_its_indent_may_go():
    spanning = [
        f"{path.name}: {line}"
        for path in [*FOLDER.rglob("*.js"), *(ADDIN / "static").glob("*.js")]
        for line in path.read_text().splitlines()
        if line.count("`") % 2 or line.endswith("\\")
    ]

    assert spanning == []


def test_somebody_elses_script_goes_out_as_it_is(tmp_path):
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "a.js").write_text("/* Licence */\n  f();\n")

    assert read_tree(tmp_path).files["vendor/a.js"].plain == b"/* Licence */\n  f();\n"


def test_an_old_address_gives_todays_file_which_is_not_kept(client, tree):
    answer = client.get("/console/static/0123456789ab/console.css")

    assert answer.data == tree.files["console.css"].plain
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["nothing.css", "..%2f..%2fbackend/app.py", "%00", "words/fr.json"]
)
def test_there_is_nothing_else(client, tree, name):
    assert client.get(f"/console/static/{tree.version}/{name}").status_code == 404


def test_the_words_are_there_for_scripts(client, tree):
    for language in Language:
        answer = client.get(tree.address(f"words/{language}.json"))

        assert answer.json == ON_SCREEN[language]


def test_the_address_changes_with_any_content(tree, monkeypatch):
    assert read_tree().version == tree.version

    monkeypatch.setitem(ON_SCREEN["en"], "test.more", "more")

    assert read_tree().version != tree.version


def test_the_files_need_no_database(app, client, tree):
    app.extensions["store"].close_all()

    answer = client.get(tree.address("words.js"), headers={"Cookie": "telltale_session=x"})

    assert answer.status_code == 200


def test_pages_name_the_files_by_these_addresses(client, tree):
    page = client.get("/signin").text

    found = re.findall(r'"(/console/static/[^"]+)"', page)
    assert found
    assert {tree.version} == {address.split("/")[3] for address in found}
