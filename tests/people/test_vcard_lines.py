import pytest

from backend.people.vcard_lines import property_of


@pytest.mark.parametrize(
    ("why", "line", "name", "text"),
    [
        ("plain", "FN:Ann Lee", "FN", "Ann Lee"),
        ("in small letters", "fn:Ann", "FN", "Ann"),
        ("in a group", "item1.EMAIL:a@x.test", "EMAIL", "a@x.test"),
        ("escaped", r"FN:Lee\, Ann\; \\ \n", "FN", "Lee, Ann; \\ \n"),
        ("a colon in a quoted parameter", 'TEL;X="a:b;c":1', "TEL", "1"),
        ("a colon in the value", "URL:https://x.test", "URL", "https://x.test"),
        ("nothing after the colon", "FN:", "FN", ""),
        ("no colon at all", "FN", "FN", ""),
        ("quoted-printable", "FN;ENCODING=QUOTED-PRINTABLE:J=C3=B6rg", "FN", "Jörg"),
        ("as 2.1 wrote it", "FN;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:J=F6rg", "FN", "Jörg"),
        ("8 bits of another charset", "FN;CHARSET=WINDOWS-1252:J\udcf6rg", "FN", "Jörg"),
        ("a charset that is none", "FN;CHARSET=idna:a", "FN", "a"),
        ("bytes of no charset", "FN:J\udcf6rg", "FN", "J\udcf6rg"),
        ("bytes that are not what they say", "FN;CHARSET=US-ASCII:\udcff", "FN", "\udcff"),
    ],
)
def test_a_line_is_a_name_and_a_text(why, line, name, text):
    found = property_of(line)

    assert (found.name, found.text()) == (name, text), why


def test_parts_are_separated_by_semicolons_that_are_not_escaped():
    assert property_of(r"N:O\;Neil;Ann;;;").parts() == ["O;Neil", "Ann", "", "", ""]
    assert property_of("ORG:").parts() == [""]


@pytest.mark.parametrize(
    ("line", "preference"),
    [
        ("EMAIL;PREF=1:a", 1),
        ('EMAIL;PREF="20":a', 20),
        ("EMAIL;PREF:a", 1),
        ("EMAIL;TYPE=INTERNET,PREF:a", 1),
        ("EMAIL;TYPE=WORK:a", 101),
        ("EMAIL;PREF=first:a", 101),
        (f"EMAIL;PREF={'9' * 5000}:a", 999),
    ],
)
def test_a_line_may_be_preferred(line, preference):
    assert property_of(line).preference == preference
