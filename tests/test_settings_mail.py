"""Our own letters: where they are handed in, and whom they come from."""

import pytest
from pydantic import ValidationError

from backend.settings import Settings


def test_a_sender_needs_no_server_yet():
    settings = Settings(mail_from="mail@ours.test")

    assert (settings.mail_url, settings.mail_from) == ("", "mail@ours.test")


@pytest.mark.parametrize(("name", "value"), [("mail_url", "ours.test"), ("mail_from", "garbage")])
def test_what_no_letter_could_go_by_is_refused(name, value):
    with pytest.raises(ValidationError, match=name):
        Settings(**{name: value})
