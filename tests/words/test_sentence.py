"""Sentences that wait for their reader's language."""

import pytest

from backend.words.sentence import Sentence, dumped, loaded, unpacked

LONG = Sentence("fields.record_long", {"most": 65_536, "lines": 9})
NESTED = Sentence("problems.no_header", {"fault": LONG})


def test_it_is_told_in_either_language_with_the_sentences_in_its_slots():
    assert NESTED.told() == (
        "The first line must be a header: it is longer than 65,536 characters or 9 lines."
    )
    assert NESTED.told("de") == (
        "Die erste Zeile muss die Spalten benennen, aber sie ist länger als 65.536 Zeichen oder"
        " 9 Zeilen."
    )


@pytest.mark.parametrize(
    "sentence",
    [NESTED, Sentence("fields.nul"), Sentence("{not} [a key]"), Sentence("fields.x", {"n": "["})],
)
def test_what_is_kept_comes_back(sentence):
    assert loaded(dumped(sentence)) == unpacked(sentence.packed()) == sentence


def test_a_text_without_a_key_is_told_as_it_is():
    assert loaded("Its {file} is gone.").told("de") == "Its {file} is gone."
    assert loaded("").told() == ""
