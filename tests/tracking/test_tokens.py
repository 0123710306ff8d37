"""Tokens: ours are known in any case, nobody else's are, and they tell nothing."""

import random
from base64 import b32decode, b32encode
from collections import Counter
from datetime import UTC, datetime
from itertools import islice

import pytest

from backend.tracking.facts import Kind
from backend.tracking.tokens import (
    TOKEN_LENGTH,
    TokenKeys,
    quarter_of,
    quarter_of_token,
)

KEYS = TokenKeys("a secret for tests that is long enough, and known to all")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


@pytest.mark.parametrize("kind", Kind)
def test_a_token_is_32_lower_case_characters_and_is_known_in_any_case(kind):
    token = KEYS.make(kind, NOW)
    mixed = "".join(one.upper() if at % 2 else one for at, one in enumerate(token))

    assert len(token) == TOKEN_LENGTH == 32
    assert set(token) <= set(ALPHABET)
    assert {KEYS.check(kind, text) for text in (token, token.upper(), mixed)} == {token}


def test_the_key_is_the_secrets_not_the_process():
    token = KEYS.make(Kind.CLICK, NOW)

    again = TokenKeys("a secret for tests that is long enough, and known to all")
    other = TokenKeys("another secret that is long enough for tests too")

    assert again.check(Kind.CLICK, token) == token
    assert other.check(Kind.CLICK, token) is None


def test_a_token_of_one_kind_is_none_of_another():
    for made in Kind:
        token = KEYS.make(made, NOW)

        assert [kind for kind in Kind if KEYS.check(kind, token)] == [made]


def test_a_hundred_thousand_made_up_tokens_are_refused():
    seed = random.Random(1)
    kinds = list(Kind)

    found = [
        text
        for text in ("".join(seed.choices(ALPHABET, k=32)) for _ in range(100_000))
        if KEYS.check(seed.choice(kinds), text) is not None
    ]

    assert found == []


@pytest.mark.parametrize("kind", Kind)
def test_a_token_with_any_one_bit_turned_is_refused(kind):
    raw = b32decode(KEYS.make(kind, NOW).upper())
    whole = int.from_bytes(raw, "big")

    turned = [b32encode((whole ^ (1 << bit)).to_bytes(20, "big")).decode() for bit in range(160)]

    assert [text for text in turned if KEYS.check(kind, text)] == []


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("empty", lambda token: ""),
        ("one character less", lambda token: token[:-1]),
        ("one more", lambda token: token + "a"),
        ("padding", lambda token: token[:-1] + "="),
        ("a digit that base32 has not", lambda token: token[:-1] + "1"),
        ("a line break at the end", lambda token: token[:-1] + "\n"),
        ("a line break behind", lambda token: token + "\n"),
        ("a letter that upper-cases to one of ours", lambda token: token[:-1] + "\u017f"),
        ("a full-width letter", lambda token: token[:-1] + "\uff41"),
        ("a lone surrogate", lambda token: token[:-1] + "\ud800"),
        ("NUL", lambda token: token[:-1] + "\0"),
        ("very long", lambda token: token * 1_000),
    ],
)
def test_what_has_not_the_form_of_a_token_is_refused(why, change):
    assert KEYS.check(Kind.OPEN, change(KEYS.make(Kind.OPEN, NOW))) is None, why


@pytest.mark.parametrize(
    ("at", "quarter"),
    [
        (datetime(2020, 5, 1, tzinfo=UTC), 0),
        (datetime(2026, 1, 1, tzinfo=UTC), 0),
        (datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), 0),
        (datetime(2026, 4, 1, tzinfo=UTC), 1),
        (datetime(2026, 12, 31, tzinfo=UTC), 3),
        (datetime(2027, 1, 1, tzinfo=UTC), 4),
        (datetime(2089, 12, 31, tzinfo=UTC), 255),
        (datetime(2090, 1, 1, tzinfo=UTC), 255),
    ],
)
def test_a_token_tells_the_quarter_it_was_made_in_and_is_known_for_ever(at, quarter):
    token = KEYS.make(Kind.CLICK, at)

    assert quarter_of(at) == quarter_of_token(token) == quarter
    assert KEYS.check(Kind.CLICK, token) == token


def test_tokens_of_one_moment_have_nothing_in_common_but_the_quarter():
    tokens = [KEYS.make(kind, NOW) for kind in Kind for _ in range(5_000)]

    # 8 bits of the quarter are the first character and three of the five bits of the second.
    assert len(set(tokens)) == len(tokens)
    assert len({token[:7] for token in tokens}) > len(tokens) * 0.98
    assert len({token[-6:] for token in tokens}) > len(tokens) * 0.98


def test_every_character_behind_the_quarter_is_as_likely_as_any_other():
    tokens = [KEYS.make(Kind.OPEN, NOW) for _ in range(8_000)]

    worst = max(chi_square(Counter(token[at] for token in tokens)) for at in range(2, 32))

    # 31 degrees of freedom: a value above 86 comes once in two million for one character.
    assert worst < 86


def test_tokens_of_a_series_share_their_first_half_and_no_other_series_does():
    many = [list(islice(KEYS.series(Kind.CLICK, NOW), 40)) for _ in range(500)]

    halves = [{token[:16] for token in tokens} for tokens in many]

    assert {len(half) for half in halves} == {1}
    assert len(set.union(*halves)) == len(many)
    assert len({token for tokens in many for token in tokens}) == 500 * 40
    assert all(KEYS.check(Kind.CLICK, token) == token for token in many[0])


def test_every_character_of_the_own_half_is_as_likely_as_any_other():
    tokens = list(islice(KEYS.series(Kind.CLICK, NOW), 8_000))

    worst = max(chi_square(Counter(token[at] for token in tokens)) for at in range(16, 32))

    assert worst < 86


def chi_square(counts):
    """How far the 32 characters are from being equally frequent."""
    expected = sum(counts.values()) / 32
    return sum((counts[one] - expected) ** 2 / expected for one in ALPHABET)
