import pytest

from backend.people.values import checked_custom, country_code, is_id, named


def nested(depth):
    found = []
    for _ in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("why", "given", "name"),
    [
        ("a name is taken without the space around it", {"name": " Ann "}, "Ann"),
        ("without a name the address does", {"addresses": ("ann@x.test",)}, "ann@x.test"),
        ("a blank name is none", {"name": " ", "addresses": ("a@x.test",)}, "a@x.test"),
    ],
)
def test_everybody_has_a_name(why, given, name):
    assert named(given)["name"] == name, why


def test_somebody_without_name_and_address_is_nobody():
    with pytest.raises(ValueError, match="needs a name"):
        named({"name": "  ", "addresses": ()})


@pytest.mark.parametrize(("text", "code"), [("de", "DE"), (" FR ", "FR"), ("", ""), ("XK", "XK")])
def test_a_country_is_its_code_in_upper_case(text, code):
    assert country_code(text) == code


@pytest.mark.parametrize("text", ["ZZ", "DEU", "Germany", "D", "D€"])
def test_no_country_is_refused(text):
    with pytest.raises(ValueError, match="two-letter code"):
        country_code(text)


@pytest.mark.parametrize(
    ("why", "custom"),
    [
        ("too many fields", {str(n): n for n in range(51)}),
        ("a field without a name", {"": 1}),
        ("a name too long", {"n" * 101: 1}),
        ("too large", {"text": "x" * 16_000}),
        ("NUL, which PostgreSQL does not take", {"text": "a\0b"}),
        ("NUL after a backslash", {"text": "\\\\\0"}),
        ("half a surrogate pair", {"text": "\ud800"}),
        ("a number of more than 64 bits", {"n": 2**64}),
        ("nested too deep", {"n": nested(300)}),
    ],
)
def test_custom_fields_that_cannot_be_kept_are_refused(why, custom):
    with pytest.raises(ValueError, match="must"):
        checked_custom(custom)


def test_custom_fields_hold_any_small_json():
    custom = {"a": [1, 2.5, None, {"b": "ü"}], "literal": "\\u0000", "big": 2**63}

    assert checked_custom(custom) == custom


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("0192f0c4-0000-7000-8000-000000000000", True),
        ("0192f0c4-0000-7000-8000-00000000000G", False),
        ("-" * 36, False),
        (str(2**63), False),
    ],
)
def test_an_id_is_told_by_its_form(text, is_one):
    assert is_id(text) is is_one
