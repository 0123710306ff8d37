"""An answer of SMTP: how it goes on, and what it says of the mail."""

import pytest

from backend.relay.reply import Reply


def test_an_answer_of_several_lines_goes_on_whole():
    assert str(Reply(550, ("5.7.1 one", "5.7.1 two"))) == "550-5.7.1 one\r\n550 5.7.1 two"


@pytest.mark.parametrize(
    ("code", "is_good", "is_final"),
    [(250, True, False), (354, False, False), (451, False, False), (552, False, True)],
)
def test_its_code_says_whether_it_is_done_or_never_will_be(code, is_good, is_final):
    reply = Reply(code, ("",))

    assert (reply.is_good, reply.is_final) == (is_good, is_final)
