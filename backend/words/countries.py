"""A country's name in each language.

Source: Unicode CLDR 48 (2025-10, the names of regions in en-GB and de), the codes of
backend.people.countries. A browser has the same names by itself (Intl.DisplayNames).
"""

from collections.abc import Mapping

import orjson

from backend.words import FOLDER, Language

_NAMES: Mapping[str, Mapping[str, str]] = orjson.loads((FOLDER / "countries.json").read_bytes())


def country_name(code: str, language: str = Language.EN) -> str:
    """The name of the country with that code of two letters; the code itself where it has none."""
    return _NAMES[language].get(code, code)
