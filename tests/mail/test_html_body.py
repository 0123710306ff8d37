"""Stamping changes hrefs and our pixel, and nothing else."""

import re

import pytest

from backend.mail.html_body import HtmlBody, pixel_markup
from tests.mail.samples import NAMES, PIXEL, PIXEL_URL, RULES, mail, stamp, targets, token, wrapped

# Where the pixel of a sample stands: the text before and after it, and how many links are wrapped.
PLACES = [
    ("apple_mail_reply", "https://shop.example/apple</a>", '<br id="lineBreak', 1),
    ("base_href", "absolute</a></p>", "</body></html>", 1),
    ("calendar_invitation", "ics</a></p></div>", "</body></html>", 1),
    ("empty", "", "", 0),
    ("footer_after_html", "gateway </p><!-- </body> -->", "</body></html>\n<!--", 1),
    ("gateways", "theirs</a></p>\n", "", 1),
    ("gmail_forward", '<div dir="ltr">FYI', '<br><br><div class="gmail_quote">', 0),
    ("gmail_indent", "Done.</div>\n", "", 1),
    ("gmail_inline_answers", "two</a></div></div>\n", "", 2),
    ("gmail_new", "ours.example</a></div></div></div>\n", "", 3),
    ("gmail_reply", "yes</a>", '</div><br><div class="gmail_quote', 1),
    ("gmx_reply", "<div>&nbsp;\n", '<div name="quote"', 1),
    ("hotmail_old_reply", "look</a>", "<br><br><div><hr id=", 1),
    ("look_alikes", 'aaa.gif"></p>\n', "", 3),
    ("mail_ru_reply", "<br>Alice", "</div></div><blockquote", 1),
    ("newsletter_dark_mode", "<!-- end -->", "</body></html>", 3),
    ("odd_addresses", "nothing</a></p>\n", "", 0),
    ("one_time_secrets", "policy</a>.</p>\n", "", 1),
    ("opted_out_by_attribute", "other</a></p>\n", "", 1),
    ("outlook_2010_reply", "&nbsp;", "</p><div style='border:none;border-top", 0),
    ("outlook_mac_reply", "Fine with me.", "</div></div><div><br></div><span", 0),
    ("outlook_mobile_reply", "Outlook for iOS</a>", '</div><div id="mail-editor', 2),
    ("outlook_plain_header_reply", "page</a>", "</p>\n<p class=MsoNormal><b><span", 1),
    ("outlook_vml_button", "<![endif]-->\n", "</body></html>", 3),
    ("outlook_web_reply", "shop.example</a>", '</div><div class="elementToProof"><br>', 1),
    ("outlook_web_reply_rewritten", "Short answer", '</div><div style="border-width', 0),
    ("outlook_word", "Alice<o:p></o:p></p></div>\r\n", "</body></html>", 2),
    ("outlook_word_reply", "<o:p>&nbsp;</o:p>", "</p><div><div style='border", 1),
    ("proton_reply", "Proton Mail</a>", '</div></div><div class="protonmail_quote"', 2),
    ("stamped_before", "new</a>", '</div><blockquote type="cite">', 1),
    ("thunderbird_answer_below", "ours</a></div>\n  ", "</body></html>", 2),
    ("thunderbird_forward", "fyi", '</p><div class="moz-forward-container">', 0),
    ("thunderbird_reply", "https://shop.example/tb</a>", "</p>\n    <p><br>", 1),
    ("unterminated", "u</a></p>", "<!-- from here on", 1),
    ("windows_1252_text", "B\u00fccher</a></p>", "</body></html>", 2),
    ("windows_mail_reply", "see</A>", "</FONT></DIV>\r\n<BLOCKQUOTE", 1),
    ("yahoo_reply", "link</a>", '</div><div><br></div></div><div id="yahoo_quoted', 1),
]  # fmt: skip


def test_every_sample_has_its_row():
    assert [row[0] for row in PLACES] == NAMES


@pytest.mark.req("R4", "R6", "R7", "R26")
@pytest.mark.parametrize(("name", "before", "after", "links"), PLACES)
def test_a_sample_is_stamped_once_where_its_new_text_ends(name, before, after, links):
    html = stamp(mail(name))

    head, tail = html.split(PIXEL)
    assert head.endswith(before)
    assert tail.startswith(after)
    assert len(HtmlBody.read(mail(name), RULES).links) == links


@pytest.mark.parametrize("name", NAMES)
def test_reading_and_writing_a_sample_without_stamping_it_changes_no_byte(name):
    body = HtmlBody.read(mail(name), RULES)
    same = {link.position: link.url for link in body.links}

    html = body.stamped(None, {})

    assert without_own_images(html) == without_own_images(mail(name))
    assert without_addresses(body.stamped(None, same)) == without_addresses(html)


@pytest.mark.parametrize("name", NAMES)
def test_only_addresses_and_our_images_of_a_sample_change(name):
    html = stamp(mail(name))

    assert without_addresses(without_own_images(html)) == without_addresses(
        without_own_images(mail(name))
    )


@pytest.mark.parametrize("name", NAMES)
def test_stamping_a_sample_twice_is_stamping_it_once(name):
    once = stamp(mail(name))

    assert HtmlBody.read(once, RULES).links == ()
    assert stamp(once) == once


@pytest.mark.parametrize("name", NAMES)
def test_unwrapping_brings_the_addresses_back(name):
    body = HtmlBody.read(mail(name), RULES)
    same = {link.position: link.url for link in body.links}

    back = HtmlBody.read(stamp(mail(name)), RULES).unwrapped(targets(body))

    assert back == body.stamped(None, same)


def without_own_images(html: str) -> str:
    """The text without images on the tests' tracking hosts, looked for in a way of its own."""
    token_of_ours = r"/([om])/\1[a-z]{31}\.gif"
    ours = rf'<img src="(?:https://ci3[^"]*#)?https://track\.example{token_of_ours}"[^>]*>'
    return re.sub(ours, "", html)


def without_addresses(html: str) -> str:
    """The text with every href emptied."""
    return re.sub(r"""(?i)(\shref\s*=\s*)("[^"]*"|'[^']*'|[^\s>"']+)""", r'\1""', html)


@pytest.mark.req("R5")
def test_the_pixel_has_a_size_no_text_and_no_wrapper():
    assert stamp("<p>Hi</p></body>") == f"<p>Hi</p>{PIXEL}</body>"
    assert pixel_markup("https://t.example/o/x.gif?a=1&b='") == (
        '<img src="https://t.example/o/x.gif?a=1&amp;b=&#x27;" width="1" height="1" alt="" '
        'style="border:0;width:1px;height:1px">'
    )


@pytest.mark.req("R7")
def test_an_empty_body_becomes_the_pixel():
    assert stamp("") == PIXEL


def test_without_opens_no_pixel_is_put_in_and_old_ones_still_go():
    body = HtmlBody.read(f"<p>Hi{PIXEL}</p>", RULES)

    assert body.stamped(None, {}) == "<p>Hi</p>"
    assert body.own_pixels == ("o" * 32,)


@pytest.mark.parametrize(
    ("why", "html", "is_own"),
    [
        ("the new text", "<p>Hi{}</p><blockquote>Old</blockquote>", True),
        ("a quote at the end", "<p>Hi</p><blockquote>Old{}</blockquote>", False),
        ("a quote with the answer below it", "<blockquote>Old{}</blockquote><p>Hi</p>", False),
        ("behind the quote", "<p>Hi</p><blockquote>Old</blockquote>{}", True),
        ("a quote to the end", "<p>Hi</p><div id=appendonsend></div>Old{}", False),
    ],
)
def test_a_picture_in_a_quote_belongs_to_the_older_mail(why, html, is_own):
    body = HtmlBody.read(html.format(PIXEL), RULES)

    assert bool(body.new_pixels) is is_own, why
    assert body.own_pixels == ("o" * 32,)


def test_links_that_are_not_in_the_map_stay():
    body = HtmlBody.read(
        "<a href='https://a.example/'>a</a><a href=https://b.example/>b</a>", RULES
    )

    html = body.stamped(None, {1: "https://track.example/c/x"})

    assert html == "<a href='https://a.example/'>a</a><a href=\"https://track.example/c/x\">b</a>"


def test_own_links_in_quotes_get_their_target_back():
    ours = f"https://track.example/c/{token('c', 1)}"
    html = f"<blockquote><a href='{ours}'>x</a> <a href={ours}>y</a></blockquote>"
    body = HtmlBody.read(html, RULES)

    plain = body.unwrapped({token("c", 1): "https://a.example/?b=1&c='2'"})

    assert body.own_links == (token("c", 1),)
    assert plain == (
        "<blockquote><a href='https://a.example/?b=1&amp;c=&#x27;2&#x27;'>x</a> "
        '<a href="https://a.example/?b=1&amp;c=&#x27;2&#x27;">y</a></blockquote>'
    )


def test_own_links_without_a_target_or_wrapped_by_a_gateway_stay():
    html = mail("gateways")
    body = HtmlBody.read(html, RULES)

    assert len(body.own_links) == 3
    assert body.unwrapped(dict.fromkeys(body.own_links, "https://a.example/")) == html
    assert HtmlBody.read(mail("stamped_before"), RULES).unwrapped({}).count("track.example/c/") == 2


@pytest.mark.parametrize("name", ["outlook_vml_button"])
def test_a_button_for_outlook_leads_where_its_twin_leads(name):
    html = stamp(mail(name))

    assert html.count(wrapped(HtmlBody.read(mail(name), RULES))[0]) == 2
    assert "https://shop.example/buy" not in html
    assert PIXEL_URL in html
