"""Every way to say no has a status, a title and a slug of its own."""

from http import HTTPStatus

import pytest

from backend import errors
from backend.errors import TelltaleError

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
    assert len({kind.slug for kind in OURS}) == len({kind.title for kind in OURS}) == len(OURS)
