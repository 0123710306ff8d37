"""Every way to say no has a status, a title and a slug of its own."""

from http import HTTPStatus

import pytest

from backend import errors
from backend.errors import TelltaleError, Unfit
from backend.words import t

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type)]
OURS = [kind for kind in KINDS if issubclass(kind, TelltaleError) and kind is not TelltaleError]


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_it_is_a_proper_no(kind):
    error = kind("Do this instead.")

    assert error.detail == str(error) == "Do this instead."
    assert HTTPStatus(error.status) >= HTTPStatus.BAD_REQUEST
    assert error.slug == error.slug.lower()
    assert " " not in error.slug
    assert kind.__name__ in (errors.__doc__ or "")


def test_no_two_are_alike():
    assert len(OURS) == 12
    titles = {t(f"errors.{kind.slug}") for kind in OURS}
    assert len({kind.slug for kind in OURS}) == len(titles) == len(OURS)


def test_its_sentence_is_told_in_the_language_of_who_sees_it():
    error = errors.Invalid("problems.merge_custom", fault=Unfit("fields.nul").sentence)

    assert error.told("de") == (
        "Ihre eigenen Felder zusammen: darf das Zeichen NUL nicht enthalten."
    )
    assert error.detail == str(error) == error.told("en")
