"""The static files: one address for each content, kept for a year, there without the database."""

import gzip
import re

import pytest

from backend.web.files import FOLDER, read_tree
from backend.words import CATALOGUES, Language


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
    assert gzip.decompress(answer.data) == (FOLDER / "console.css").read_bytes()


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

        assert answer.json == CATALOGUES[language]


def test_the_address_changes_with_any_content(tree, monkeypatch):
    assert read_tree().version == tree.version

    monkeypatch.setitem(CATALOGUES["en"], "test.more", "more")

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
