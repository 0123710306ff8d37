"""What is wrong with rows is told in the language of who asks."""

import pytest
from flask import Flask, g

from backend.people.columns import Fault
from backend.people.importing import Report
from backend.people.previewing import Preview
from backend.web.people import faults
from backend.words.sentence import Sentence

FAULTS = (Fault(2, "E-Mail", Sentence("fields.address")), Fault(2, "", Sentence("fields.keyless")))


@pytest.fixture(params=["en", "de"])
def language(request):
    headers = {"Accept-Language": request.param}
    with Flask("toy").test_request_context(headers=headers):
        g.caller = None
        yield request.param


def test_all_that_is_wrong_with_a_row_is_one_text():
    assert faults.told(FAULTS, "de") == (
        "E-Mail: muss eine E-Mail-Adresse sein; braucht eine external_id oder eine E-Mail-Adresse"
    )


def test_each_is_listed_in_the_language_of_who_asks(language):
    assert faults.listed(FAULTS)[0] == {
        "row": 2,
        "column": "E-Mail",
        "reason": FAULTS[0].reason.told(language),
    }


def test_reports_and_previews_are_told_whole(language):
    report = Report(rows=3, errors=list(FAULTS), errors_total=2)
    preview = Preview((), Sentence("problems.columns_key"), 0, True, 0, 0, 0, FAULTS)

    assert faults.report_out(report)["errors"] == faults.listed(FAULTS)
    assert faults.report_out(report)["rows"] == 3
    assert faults.preview_out(preview)["problem"] == preview.problem.told(language)
    assert faults.preview_out(preview)["faults"] == faults.listed(FAULTS)
