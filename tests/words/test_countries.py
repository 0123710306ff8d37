"""Every country a person may have is called by its name in every language."""

import pytest

from backend.people.countries import COUNTRIES
from backend.words import Language
from backend.words.countries import country_name


@pytest.mark.parametrize("language", Language)
def test_every_country_has_a_name_of_its_own(language):
    names = {country_name(code, language) for code in COUNTRIES}

    assert len(names) == len(COUNTRIES)
    assert names.isdisjoint(COUNTRIES)


def test_it_is_told_in_the_readers_language_and_english_without_one():
    assert (country_name("DE", "de"), country_name("DE", "en")) == ("Deutschland", "Germany")
    assert country_name("TR") == "T\N{LATIN SMALL LETTER U WITH DIAERESIS}rkiye"


@pytest.mark.parametrize("code", ["", "ZZ", "Mars"])
def test_what_is_no_country_stays_as_it_is(code):
    assert country_name(code, "de") == code
