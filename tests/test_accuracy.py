import re

import pytest

from tests import accuracy
from tests.tracking.labelled import cases


@pytest.fixture(scope="module")
def judged():
    return accuracy.judged()


def test_the_page_on_accuracy_is_current(judged):
    written = accuracy.PAGE.read_text("utf-8")

    assert written == accuracy.page(judged), "run: python -m tests.accuracy"


@pytest.mark.req("R20", "R21", "R22")
def test_no_more_hits_are_misjudged_than_the_page_admits(judged):
    admitted = re.search(r"wrongly counted or not counted \| (\d+) \|", accuracy.PAGE.read_text())

    assert admitted
    assert len(accuracy.wrongly_counted(judged)) <= int(admitted[1])


def test_there_are_enough_labelled_hits_and_each_has_a_source():
    labelled = [hit for case in cases() for hit in case.hits]

    assert len(labelled) >= 200
    assert all(len(hit.source) > 5 and hit.why for hit in labelled)


def test_the_page_shows_a_wrong_ruling_with_its_rule_and_source(judged):
    label, ruling = accuracy.wrongly_counted(judged)[0]
    page = accuracy.page(judged)

    assert f"| {label.why} | {label.verdict} |" in page
    assert f"`{ruling.rule}` | {label.source} |" in page
