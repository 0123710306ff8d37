"""Whether a text holds what must not lie in a CRM: payment cards and national numbers of people.

    kind_of_number(text) -> "card", "national" or ""

A number counts only if its check digits are right. Where those alone would take too many invoice
and phone numbers for it (one in ten or eleven passes), the number's name has to stand close before
it. What is masked ("**** 1234") is no number.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

NEAR = 60  # characters before a number in which its name may stand

# Every number but the Italian one has so many digits in a row: only there are they looked for.
_DIGITS = re.compile(r"\d(?:[ .-]?\d){6,}")
BEFORE, BEHIND = 12, 20  # what of a number may stand outside its longest row of digits
_CARD = re.compile(r"(?<![\d.,/+-])(?:\d[ -]?){12,18}\d(?![\d]|[.,/-]\d)")
# Source: ISO/IEC 7812-1 (13 to 19 digits, Luhn); the schemes' own ranges as published by Visa,
# Mastercard, American Express, Discover/Diners and JCB, 2024.
_SCHEMES = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}"
    r"|(?:222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"
    r"|3[47]\d{13}|(?:6011|64[4-9]\d|65\d\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12,15}"
    r"|3(?:0[0-5]|[689]\d)\d{11,16}"
)


@dataclass(frozen=True, slots=True)
class _National:
    """A country's number: how it is written and checked, and its names where it needs one."""

    written: re.Pattern[str]
    is_right: Callable[[str], bool]
    names: re.Pattern[str] | None = None


def kind_of_number(text: str) -> str:
    """What kind of number the text holds, cards first; "" for none."""
    places = [(max(0, run.start() - BEFORE), run.end() + BEHIND) for run in _DIGITS.finditer(text)]
    if any(_is_card(found[0]) for place in places for found in _CARD.finditer(text, *place)):
        return "card"
    if any(_holds(text, place, each) for place in places for each in _NATIONAL):
        return "national"
    return "national" if _holds(text, (0, len(text)), _ITALIAN) else ""


def luhn(digits: str) -> bool:
    """Whether the last digit is right by Luhn (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_card(written: str) -> bool:
    digits = re.sub(r"\D", "", written)
    return bool(_SCHEMES.fullmatch(digits)) and luhn(digits)


def _holds(text: str, place: tuple[int, int], number: _National) -> bool:
    for found in number.written.finditer(text, *place):
        bare = re.sub(r"[^0-9A-Z]", "", found[0].upper())
        if number.is_right(bare) and (
            number.names is None
            or number.names.search(text[max(0, found.start() - NEAR) : found.start()])
        ):
            return True
    return False


def _german(digits: str) -> bool:
    """Identifikationsnummer. Source: section 139b AO; check digit ISO/IEC 7064 Mod 11,10.

    Of the first ten digits one stands twice or three times, the others once.
    """
    counts = sorted(digits[:10].count(each) for each in set(digits[:10]))
    product = 10
    for digit in digits[:10]:
        sum_ = (int(digit) + product) % 10 or 10
        product = sum_ * 2 % 11
    check = (11 - product) % 10
    return counts[-1] in {2, 3} and counts[-2] == 1 and check == int(digits[10])


def _french(number: str) -> bool:
    """NIR. Source: INSEE, numéro d'inscription au répertoire; Corsica's 2A and 2B are 19 and 18."""
    digits = number.replace("2A", "19").replace("2B", "18")
    return digits.isdigit() and 97 - int(digits[:13]) % 97 == int(digits[13:])


def _dutch(digits: str) -> bool:
    """Burgerservicenummer. Source: Logisch Ontwerp BSN, Rijksdienst voor Identiteitsgegevens."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return total % 11 == 0 and digits.strip("0") != ""


def _swiss(digits: str) -> bool:
    """AHV number. Source: Zentrale Ausgleichsstelle; 756 and EAN-13's check digit."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits[:12]))
    return -total % 10 == int(digits[12])


# Source: Decreto ministeriale 12 March 1974 (codice fiscale), values of letters and digits at odd
# places.
_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        [
            *(1, 0, 5, 7, 9, 13, 15, 17, 19, 21) * 2,
            *(2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        ],
        strict=True,
    )
)


def _italian(code: str) -> bool:
    """Codice fiscale."""
    total = sum(
        int(letter, 36) - (0 if letter.isdigit() else 10) if place % 2 else _ODD[letter]
        for place, letter in enumerate(code[:15])
    )
    return chr(ord("A") + total % 26) == code[15]


def _spanish(code: str) -> bool:
    """DNI and NIE. Source: Real Decreto 1553/2005; the letter is the rest by 23."""
    digits = code[:-1].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23] == code[-1]


def _canadian(digits: str) -> bool:
    """Social Insurance Number. Source: Employment and Social Development Canada; Luhn."""
    return digits[0] not in "08" and luhn(digits)


def _polish(digits: str) -> bool:
    """PESEL. Source: ustawa o ewidencji ludności, 24 September 2010."""
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return total % 10 == 0 and 1 <= int(digits[2:4]) % 20 <= 12 and 1 <= int(digits[4:6]) <= 31


def _american(digits: str) -> bool:
    """Social Security Number, which has no check digit. Source: SSA, POMS RM 10201.035."""
    area = digits[:3]
    return (
        area not in {"000", "666"}
        and area[0] != "9"
        and digits[3:5] != "00"
        and digits[5:] != "0000"
    )


def _number(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w./+-]){pattern}(?![\w]|[./-]\d)", re.IGNORECASE | re.ASCII)


def _names(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})", re.IGNORECASE)


_NATIONAL = (
    _National(
        _number(r"[1-9]\d ?\d{3} ?\d{3} ?\d{3}"),
        _german,
        _names(r"steuer|idnr|id-nr|identifikationsnummer|tax id|tin\b"),
    ),
    _National(
        _number(r"[12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d"),
        _french,
    ),
    _National(_number(r"\d{9}"), _dutch, _names(r"bsn\b|burgerservice|sofinummer")),
    _National(_number(r"756\.?\d{4}\.?\d{4}\.?\d{2}"), _swiss),
    _National(_number(r"[XYZ0-9]\d{7}-?[A-Z]"), _spanish, _names(r"dni\b|nie\b|nif\b")),
    _National(
        _number(r"\d{3}[ -]?\d{3}[ -]?\d{3}"), _canadian, _names(r"sin\b|social insurance|nas\b")
    ),
    _National(_number(r"\d{11}"), _polish, _names(r"pesel")),
    _National(_number(r"\d{3}-\d{2}-\d{4}"), _american, _names(r"ssn\b|social security")),
)
_ITALIAN = _National(
    _number(r"[A-Z]{6}[0-9L-NP-V]{2}[A-EHLMPRST][0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{3}[A-Z]"), _italian
)
