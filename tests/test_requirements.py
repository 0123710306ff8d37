"""docs/requirements.md tells the truth about what the tests prove."""

from tests import requirements


def test_the_page_is_current():
    assert requirements.PAGE.read_text() == requirements.page(), "run `make docs`"


def test_every_requirement_has_a_line():
    numbers = [number for titles in requirements.titles().values() for number in titles]

    assert numbers == [f"R{n}" for n in range(1, 87)]


def test_marks_name_requirements_that_exist():
    known = {number for titles in requirements.titles().values() for number in titles}

    assert set(requirements.proofs()) - known == set()
