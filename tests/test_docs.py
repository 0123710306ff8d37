"""The pages for people name what there is: every setting, command and file, and no other."""

import re

import pytest

from backend.settings import Settings
from tests import screenshots
from tests.installation import Installation
from tests.processes import ROOT

PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
# The first cell of a row in a table of settings.
SETTINGS_CELL = re.compile(r"^\| ([A-Z][A-Z_, …]+) \|", re.MULTILINE)
# A path of ours in a text, and below what it may lie: the playground's pages name their templates.
NAMED = re.compile(
    r"`((?:backend|playground|gmail_addon|console|addin|tests|benchmarks|docs)/[\w./-]+)`"
)
BELOW = (ROOT, ROOT / "playground" / "templates")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def test_every_setting_is_described():
    text = "".join(page.read_text() for page in PAGES)

    missing = [name.upper() for name in Settings.model_fields if name.upper() not in text]

    assert missing == []


def test_no_setting_is_described_that_there_is_not():
    cells = [cell for page in PAGES for cell in SETTINGS_CELL.findall(page.read_text())]
    described = {name for cell in cells for name in re.findall(r"[A-Z][A-Z_]+(?!\w|…)", cell)}

    assert len(described) > 40
    assert described - {name.upper() for name in Settings.model_fields} == set()


def test_every_command_is_described_and_no_other(tmp_path):
    told = Installation(tmp_path).told("--help")
    table = (ROOT / "docs/operations.md").read_text().partition("## Commands")[2]
    cells = re.findall(r"^\| (`[^|]+) \|", table.partition("## ")[0], re.MULTILINE)

    described = [name for cell in cells for name in re.findall(r"[\w-]+", cell)]

    assert sorted(described) == sorted(re.findall(r"^    ([a-z-]+)", told, re.MULTILINE))


@pytest.mark.parametrize("page", [*PAGES, *DECISIONS], ids=lambda page: page.name)
def test_every_file_that_is_named_is_there(page):
    named = NAMED.findall(page.read_text())

    assert [each for each in named if not any((place / each).exists() for place in BELOW)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page):
    targets = LINK.findall(page.read_text())

    assert [each for each in targets if not (page.parent / each).exists()] == []


def test_every_picture_is_taken_by_the_command_and_shown():
    there = {path.stem for path in screenshots.FOLDER.iterdir()}
    shown = {
        name
        for page in PAGES
        for name in re.findall(r"screenshots/([\w-]+)\.png\)", page.read_text())
    }

    assert there == shown == set(screenshots.PICTURES)


def test_a_decision_has_a_number_of_its_own_and_fits_on_a_page():
    numbers = [each.name[:4] for each in DECISIONS]
    assert numbers
    assert len(set(numbers)) == len(numbers)
    for each in DECISIONS:
        text = each.read_text()
        assert text.startswith(f"# {each.name[:4]} ")
        assert text.count("\n") <= 40, each.name
