"""What a POST to the unsubscribe page asks for."""

import pytest

from backend.edge.forms import action_of

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = 'multipart/form-data; boundary="b"'
PARTS = (
    b'--b\r\nContent-Disposition: form-data; name="%s"\r\n'
    b"Content-Type: text/plain\r\n\r\n%s\r\n--b--\r\n"
)
FORMS = (
    ("our first button", URLENCODED, b"action=unsubscribe", "unsubscribe"),
    ("our second button", URLENCODED, b"action=stop", "stop"),
    ("one-click as RFC 8058 writes it", URLENCODED, b"List-Unsubscribe=One-Click", "unsubscribe"),
    ("in another case", URLENCODED, b"list-unsubscribe=one-click&x=y", "unsubscribe"),
    (
        "one-click as multipart",
        MULTIPART,
        PARTS % (b"List-Unsubscribe", b"One-Click"),
        "unsubscribe",
    ),
    ("our form as multipart", MULTIPART, PARTS % (b"action", b"stop"), "stop"),
    (
        "multipart in another case",
        MULTIPART.title(),
        PARTS % (b"List-Unsubscribe", b"One-Click"),
        "unsubscribe",
    ),
    ("no content type", "", b"List-Unsubscribe=One-Click", "unsubscribe"),
    ("something else", URLENCODED, b"action=drop", None),
    ("a field of that value", URLENCODED, b"x=One-Click", None),
    ("nothing", URLENCODED, b"", None),
    ("bytes", URLENCODED, b"\xff\xfe\0%ff=%00", None),
    ("no multipart inside", MULTIPART, b"action=stop", None),
)


@pytest.mark.req("R71")
@pytest.mark.parametrize(
    ("why", "content_type", "body", "action"), FORMS, ids=[r[0] for r in FORMS]
)
def test_a_form_asks_for_one_thing_or_nothing(why, content_type, body, action):
    assert action_of(content_type, body) == action, why
