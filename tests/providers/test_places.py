"""Places that are kept as text."""

from dataclasses import dataclass

import pytest

from backend.providers.mail import PlaceLost
from backend.providers.places import Place


@dataclass(slots=True)
class Here(Place):
    link: str
    more: list[str]


def test_a_place_comes_back_from_its_text():
    here = Here("https://there.test/?token=1", ["a"])

    assert Here.of(here.text) == here


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"link": "x"}', '{"link": "x", "more": [], "new": 1}']
)
def test_what_is_none_counts_as_lost(text):
    with pytest.raises(PlaceLost):
        Here.of(text)
