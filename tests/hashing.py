"""Passwords that are looked at in no time, for tests of what is around them."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from backend.access import passwords


@pytest.fixture
def quick() -> Iterator[None]:
    """A hash costs nearly nothing: what it really costs is told in tests/access/test_passwords."""
    usual = passwords._hasher, passwords._DUMMY
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._DUMMY = passwords._hasher.hash("of nobody")
    yield
    passwords._hasher, passwords._DUMMY = usual
