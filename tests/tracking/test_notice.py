"""The words of the notice and the address it leads to."""

import pytest

from backend.tracking import notice
from backend.words import Language, t


@pytest.mark.parametrize("language", Language)
def test_the_notice_says_what_is_seen_and_leads_to_its_page(language):
    html = notice.block("https://track.example/u/x?a=1&b=2", language)
    link = t("edge.notice_link", language)

    assert f'<div lang="{language}"' in html
    assert t("edge.notice_sentence", language) in html
    assert f'<a href="https://track.example/u/x?a=1&amp;b=2" data-no-track>{link}</a>' in html
