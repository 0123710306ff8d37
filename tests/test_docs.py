"""The pages for people name what there is: every setting, and only files that exist."""

import re

import pytest

from backend.settings import Settings
from tests import screenshots
from tests.processes import ROOT

PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def test_every_setting_is_described():
    text = "".join(page.read_text() for page in PAGES)

    missing = [name.upper() for name in Settings.model_fields if name.upper() not in text]

    assert missing == []


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
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))

    numbers = [each.name[:4] for each in decisions]
    assert numbers
    assert len(set(numbers)) == len(numbers)
    for each in decisions:
        text = each.read_text()
        assert text.startswith(f"# {each.name[:4]} ")
        assert text.count("\n") <= 40, each.name
