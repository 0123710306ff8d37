"""The catalogue: alike in every language, complete for all who ask, free of false claims."""

import re

import pytest

from backend.words import CATALOGUES, FOLDER, FORBIDDEN, ON_SCREEN, Language, on_screen, t
from tests.processes import ROOT

EN = CATALOGUES[Language.EN]
TEXTS = [
    (language, key, text)
    for language, texts in CATALOGUES.items()
    for key, found in texts.items()
    for text in ([found] if isinstance(found, str) else found.values())
]
SLOT = re.compile(r"\{(\w+)\}")
# t("area.key", …) as templates, scripts and Python write it; keys that are put together are not.
ASKED = re.compile(r"""\bt\(\s*["'`](\w+\.[\w.]+)["'`]\s*[,)]""")
ASKING = ("console/**/*.html", "console/**/*.js", "playground/**/*.html", "playground/**/*.js",
          "addin/**/*.html", "addin/**/*.js", "backend/**/*.py", "gmail_addon/**/*.py")  # fmt: skip


@pytest.mark.parametrize("language", Language)
def test_every_language_has_the_same_keys_and_slots(language):
    texts = CATALOGUES[language]

    assert set(texts) == set(EN)
    assert {key: _slots(text) for key, text in texts.items()} == {
        key: _slots(text) for key, text in EN.items()
    }
    assert {key for key, text in texts.items() if not isinstance(text, str)} == {
        key for key, text in EN.items() if not isinstance(text, str)
    }


def _slots(found):
    texts = [found] if isinstance(found, str) else found.values()
    return set().union(*(SLOT.findall(text) for text in texts))


def test_plural_texts_have_both_forms_and_say_how_many():
    many = [found for texts in CATALOGUES.values() for found in texts.values()]

    for found in many:
        if not isinstance(found, str):
            assert set(found) == {"one", "other"}
            assert "{n}" in found["other"]


@pytest.mark.req("R85")
def test_no_text_claims_what_nobody_can_know():
    forbidden = {
        language: re.compile(rf"\b({'|'.join(words)})\b", re.IGNORECASE)
        for language, words in FORBIDDEN.items()
    }

    assert set(forbidden) == set(Language)
    assert [row for row in TEXTS if forbidden[row[0]].search(row[2])] == []


def test_every_reason_is_a_whole_sentence():
    for _, key, text in TEXTS:
        if key.startswith("reasons."):
            assert text[0].isupper() or text[0] == "„", key
            assert text.endswith("."), key


def test_quotes_and_apostrophes_are_those_of_print():
    assert [row for row in TEXTS if re.search(r"\w'\w|\"", row[2])] == []


# „Mail“ by itself or at the end of a word, and its other names.
OTHER_NAMES = re.compile(r"(?<!E-)(?<!Apple )\bMails?\b|\b(Email|Nachricht|Post\b)")
WORDS_OF_GMAIL = {"gmail.window_draft", "gmail.window_body"}


def test_german_has_one_name_for_a_mail():
    called = {key for language, key, text in TEXTS if language == "de" and OTHER_NAMES.search(text)}

    assert called == WORDS_OF_GMAIL


# What is measured by another word, beside the names of a host, of a setting and of a wish.
OTHER_MEASURING = re.compile(r"track|verfolg", re.IGNORECASE)
NAMES_WITH_IT = re.compile(r"Tracking-Hosts?\b|Do Not Track|TRACKING_URL|\{\w+\}")


def test_german_has_one_word_for_measuring():
    called = [
        (key, text)
        for language, key, text in TEXTS
        if language == "de" and OTHER_MEASURING.search(NAMES_WITH_IT.sub("", text))
    ]

    assert called == []


def test_no_text_is_empty_or_has_markup():
    assert [row for row in TEXTS if not row[2].strip() or re.search(r"[<>]|&\w+;", row[2])] == []


def test_an_area_is_a_file_of_its_own_in_order_to_be_written_by_many():
    names = {language: {path.name for path in (FOLDER / language).iterdir()} for language in EN_DE}

    assert names["en"] == names["de"]


EN_DE = tuple(Language)


def test_every_key_that_somebody_asks_for_is_there():
    missing = {
        (key, path.relative_to(ROOT).as_posix())
        for pattern in ASKING
        for path in ROOT.glob(pattern)
        if "node_modules" not in path.parts
        for key in ASKED.findall(path.read_text())
        if key not in EN
    }

    assert missing == {("feed.new", "backend/words/__init__.py")} - {
        (key, "backend/words/__init__.py") for key in EN
    }


@pytest.mark.parametrize(
    ("why", "slots", "text"),
    [
        ("one", {"n": 1}, "{n} mail"),
        ("many", {"n": 2}, "{n} mails"),
        ("none is many", {"n": 0}, "{n} mails"),
        ("nobody said", {}, "{n} mails"),
    ],
)
def test_a_plural_is_chosen_by_n(why, slots, text, monkeypatch):
    monkeypatch.setitem(CATALOGUES["en"], "test.mails", {"one": "{n} mail", "other": "{n} mails"})

    assert t("test.mails", **slots) == text.replace("{n}", str(slots.get("n", ""))), why


def test_slots_take_text_as_it_is_and_numbers_as_the_language_writes_them():
    assert t("states.clicked_link", link="{0} {link} %s") == "Clicked “{0} {link} %s”"
    assert t("common.one_of", "en", n=12_345) == "One of 12,345 recipients"
    assert t("common.one_of", "de", n=12_345) == "Eine von 12.345 Personen"
    assert t("states.clicked_link") == "Clicked “”"


def test_a_key_without_words_is_shown_in_plain_letters():
    assert t("reasons.some_new_reason", "de") == "some new reason"


BROKEN = re.compile(r"E-(?!\N{WORD JOINER})M")


def test_on_a_screen_a_mail_is_not_broken_at_its_hyphen():
    shown = [
        text
        for texts in ON_SCREEN.values()
        for found in texts.values()
        for text in ([found] if isinstance(found, str) else found.values())
    ]

    assert [text for text in shown if BROKEN.search(text)] == []
    assert [text.replace("\N{WORD JOINER}", "") for text in shown] == [text for *_, text in TEXTS]
    assert on_screen("meeting.more", n=1_000) == t("meeting.more", n=1_000)
    assert on_screen("nobody.asks_for_this") == "asks for this"
