"""What a search looks for."""

import pytest

from backend.insights.questions import fits, tokens_of_question


@pytest.mark.parametrize(
    ("question", "tokens"),
    [
        ("Zoë's  Offer", ["offer", "zoe", "s"]),
        ("https://www.Example.com/a", ["example.com/a"]),
        ("@carol@northwind.test", ["carol@northwind.test"]),
        ("@", []),
        ("%!", []),
        ("x" * 60, ["x" * 40]),
    ],
)
def test_a_question_is_the_beginnings_of_words(question, tokens):
    assert tokens_of_question(question) == tokens


def test_all_of_them_must_begin_a_word():
    assert fits({"offer", "late"}, ["of", "la"])
    assert not fits({"offer"}, ["of", "la"])
    assert not fits({"offer"}, ["ffer"])
