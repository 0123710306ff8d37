"""Numbers that must not lie in a CRM, and numbers that only look like them."""

import random
import time

import pytest

from backend.mail.sensitive import kind_of_number, luhn
from tests.mail.test_growth import MOST, ROUNDS

# The schemes' and countries' own published examples, and numbers made by the rules; nobody's.
CARDS = (
    "4111 1111 1111 1111",
    "4111111111111111",
    "5500-0000-0000-0004",
    "2221000000000009",
    "378282246310005",
    "6011000990139424",
    "3530111333300000",
    "30569309025904",
)
NATIONAL = (
    "Steuer-ID: 86 095 742 719",
    "IdNr. 47036892816",
    "NIR 2 55 08 14 168 025 38",
    "255081416802538",
    "BSN: 111222333",
    "AHV 756.9217.0769.85",
    "RSSMRA85T10A562S",
    "DNI 12345678Z",
    "NIE: X1234567L",
    "SIN 130 692 544",
    "PESEL 44051401359",
    "SSN: 219-09-9999",
)
ORDINARY = (
    "",
    "Card ending in **** **** **** 1111",
    "4111 1111 1111 1112",
    "order 4111111111111111-7",
    "+49 170 1234567, call me",
    "0000 0000 0000 0000",
    "invoice 86 095 742 719",
    "Steuer-ID: 86 095 742 718",
    "BSN: 111222334",
    "111222333 pieces",
    "DNI 12345678A",
    "RSSMRA85T10A562T",
    "756.9217.0769.84",
    "219-09-9999",
    "SSN: 000-12-3456",
    "IBAN DE89 3704 0044 0532 0130 00",
    "2026-11-26 12:30:00.000000",
    "https://example.com/o/4111111111111111.gif",
)


@pytest.mark.parametrize("text", CARDS)
def test_a_card_number_is_found(text):
    assert kind_of_number(f"Please charge {text}, thanks.") == "card"


@pytest.mark.parametrize("text", NATIONAL)
def test_a_national_number_is_found(text):
    assert kind_of_number(f"Hello,\n{text}\nRegards") == "national"


@pytest.mark.parametrize("text", ORDINARY)
def test_what_only_looks_like_one_is_none(text):
    assert kind_of_number(f"Hello,\n{text}\nRegards") == ""


def test_one_wrong_digit_is_always_seen():
    for place in range(16):
        digits = list("4111111111111111")
        digits[place] = str((int(digits[place]) + 1) % 10)
        assert not luhn("".join(digits))


def test_numbers_by_chance_are_seldom_taken_for_one():
    chance = random.Random(5)
    lines = [
        str(chance.randrange(10 ** (length - 1), 10**length)) for length in (8, 9, 10, 11, 12) * 400
    ]

    assert sum(kind_of_number(line) != "" for line in lines) == 0


@pytest.mark.parametrize("piece", ["1 ", "1-", "9", "A", "SIN ", "756.", "12 345 678 "])
def test_work_grows_with_the_text(piece):
    assert any(growth(lambda n: piece * n) < MOST for _ in range(ROUNDS))


def growth(make):
    """How many times longer four times the text takes."""
    return seconds(make(80_000)) / seconds(make(20_000))


def seconds(text):
    begun = time.process_time()
    kind_of_number(text)
    return max(time.process_time() - begun, 0.001)
