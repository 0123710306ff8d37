"""Which language a person is spoken to in."""

import pytest

from backend.words.choosing import chosen


@pytest.mark.parametrize(
    ("why", "preference", "accepted", "language"),
    [
        ("chosen", "de", "en", "de"),
        ("chosen against the browser", "en", "de-DE,de;q=0.9", "en"),
        ("the browser's first", "system", "de-AT,de;q=0.9,en;q=0.5", "de"),
        ("the heavier one", "system", "en;q=0.4,de;q=0.8", "de"),
        ("one we have, after one we have not", "system", "fr,ja;q=0.9,de;q=0.1", "de"),
        ("none we have", "system", "fr-FR", "en"),
        ("refused", "system", "de;q=0", "en"),
        ("nothing said", "system", "", "en"),
        ("anything", "system", "*", "en"),
        ("nonsense", "system", ";;q=,de;q=x,\0", "en"),
        ("endless", "system", "x," * 100_000 + "de", "en"),
        ("a preference of a later version", "fr", "de", "de"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_browsers(why, preference, accepted, language):
    assert chosen(preference, accepted) == language, why
