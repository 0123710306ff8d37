"""What an address or a link text is for."""

import pytest

from backend.mail.leave_patterns import (
    PLACEHOLDER,
    answers_an_invitation,
    unsubscribes,
    words_of,
    works_once,
)

ORDINARY = [
    "https://blog.example/how-to-reduce-unsubscribe-rates",
    "https://shop.example/password-managers-compared",
    "https://shop.example/?q=calendar",
    "https://shop.example/optics/outdoor",
    "https://maps.example/@52.5,13.4,15z",
    "https://contoso.example/:w:/r/Doc.aspx?sourcedoc={6B29FC40-CA47-1067-B31D-00DD010662DA}",
    "https://shop.example/50%25-off?x=%7B1%7D",
    'https://api.example/q?filter={"a":1}',
]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://A.Example/Log-Out?x=1", {"https", "", "a", "example", "logout", "x", "1"}),
        ("a;b:c#d&e=f.g/h_i", {"a", "b", "c", "d", "e", "f", "g", "hi"}),
        ("Über/\ud800-x", {"über", "\ud800x"}),
        ("", {""}),
    ],
)
def test_the_words_of_an_address_are_what_stands_between_its_separators(url, words):
    assert words_of(url) == words


@pytest.mark.parametrize("url", ORDINARY)
def test_ordinary_links_are_for_nothing_special(url):
    words = words_of(url)

    assert not PLACEHOLDER.search(url)
    assert not unsubscribes(words, "Read more")
    assert not answers_an_invitation(words, url)
    assert not works_once(words)


@pytest.mark.parametrize(
    "url",
    [
        "{{ unsubscribe_url }}",
        "https://a.example/{{id}}",
        "*|UNSUB|*",
        "https://{product}.example/",
        "https://a.example/%%email%%",
        "{% url x %}",
        "[[link]]",
        "<%= url %>",
        "${link}",
        "https://a.example/?id=%7B%7Bid%7D%7D",
        "%recipient.link%",
        "{contactfield=view_link}",
        "https://a.example/{EMAIL_VERIFICATION_CODE}",
    ],
)
def test_merge_fields_are_placeholders(url):
    assert PLACEHOLDER.search(url)


@pytest.mark.req("R71")
@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://a.example/unsubscribe?u=1", "here"),
        ("https://a.example/list-unsubscribe", ""),
        ("https://a.example/?action=unsubscribe", ""),
        ("https://unsubscribe.a.example/x", ""),
        ("https://a.example/opt_out", ""),
        ("https://a.example/email-preferences/1", ""),
        ("https://a.example/x", "Unsubscribe"),
        ("https://a.example/x", "click to opt out"),
        ("https://a.example/x", "Newsletter abbestellen"),
        ("https://a.example/x", "Se d\u00e9sabonner"),
        ("https://a.example/x", "\u041e\u0442\u043f\u0438\u0441\u0430\u0442\u044c\u0441\u044f"),
    ],
)
def test_links_that_end_a_subscription_are_known(url, text):
    assert unsubscribes(words_of(url), text)


def test_a_sentence_about_unsubscribing_is_no_command():
    text = "Our long article on why so many people unsubscribe from a list after the first week"

    assert not unsubscribes(words_of("https://a.example/x"), text)


@pytest.mark.parametrize(
    "url",
    [
        "https://calendar.google.com/calendar/event?action=RESPOND&eid=x&rst=1",
        "https://www.google.com/calendar/event?action=VIEW&eid=x",
        "https://calendar.google.com/calendar/u/0/r/eventedit/x",
        "https://outlook.office365.com/owa/calendar/x@a.example/bookings/s/1",
        "https://outlook.live.com/owa/?path=/calendar/action/compose",
        "https://calendar.yahoo.com/?v=60",
        "https://a.example/meeting/invite.ics?x=1",
        "https://a.example/e/1?rsvp=yes",
        "https://a.example/event/1/rsvp",
    ],
)
def test_answers_to_invitations_are_known(url):
    assert answers_an_invitation(words_of(url), url)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/password/reset/abc",
        "https://a.example/reset-password?token=1",
        "https://a.example/users/password/edit?reset_password_token=x",
        "https://a.example/auth/magic_link/x",
        "https://a.example/login?login_token=x",
        "https://a.example/verify-email/1",
        "https://a.example/confirmEmail?x",
        "https://a.example/signup/accept-invite?i=1",
        "https://a.example/?otp=123",
    ],
)
def test_secrets_that_work_once_are_known(url):
    assert works_once(words_of(url))
