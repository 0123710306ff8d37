"""The words of the notice and the address it leads to."""

from backend.tracking import notice


def test_the_notice_says_what_is_seen_and_leads_to_its_page():
    html = notice.block("https://track.example/u/x?a=1&b=2")

    assert notice.SENTENCE in html
    assert (
        f'<a href="https://track.example/u/x?a=1&amp;b=2" data-no-track>{notice.LINK_TEXT}' in html
    )
