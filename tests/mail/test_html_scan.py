"""The scan sees the tags that a browser sees, and no other."""

import pytest

from backend.mail.html_scan import CONDITIONAL, Names, Scan, attributes, conditional_body


def names(html: str, wanted: Names = Names.ALL) -> list[str]:
    """Names of the tags found."""
    scan = Scan(html)
    scan.names = wanted
    return [tag.name for tag in scan]


@pytest.mark.parametrize(
    ("why", "html", "expected"),
    [
        ("plain tags in any case", "<A><b></B></a>", ["a", "b", "/b", "/a"]),
        ("a > inside quotes", "<a title='>' x=\">\"><b>", ["a", "b"]),
        ("an apostrophe in an attribute name", "<p don't><b>", ["p", "b"]),
        ("quotes inside an unquoted value", "<p x=a\"b'c><b>", ["p", "b"]),
        ("an equals sign begins a name", '<p ="x><b>', ["p", "b"]),
        ("a value without value", "<p x=><b>", ["p", "b"]),
        ("slashes between attributes", "<br/><img/src=x/>", ["br", "img"]),
        ("names with colons", "<o:p></o:p><v:rect>", ["o:p", "/o:p", "v:rect"]),
        ("a lone <", "a < b <3 <a>", ["a"]),
        ("many <", "<<<<a>", ["a"]),
        ("an empty end tag", "</><a>", ["a"]),
        ("an end tag that is a comment", "</3 <a>><b>", ["b"]),
        ("a declaration", "<!DOCTYPE html><a>", ["a"]),
        ("a processing instruction", "<?xml:namespace prefix=o /><a>", ["a"]),
        ("CDATA is a comment outside of SVG", "<![CDATA[<a>]]><b>", ["b"]),
        ("a comment", "<!-- <a> --><b>", ["b"]),
        ("a comment that ends with a bang", "<!-- <a> --!><b>", ["b"]),
        ("comments that end at once", "<!--><a><!---><b>", ["a", "b"]),
        ("dashes in a comment", "<!-- -- > <a> --><b>", ["b"]),
        ("a conditional comment", "<!--[if mso]><a><![endif]--><b>", [CONDITIONAL, "b"]),
        ("a revealed conditional comment", "<![if !mso]><a><![endif]>", ["a"]),
        ("style", "<style><a></style ><b>", ["style", "/style", "b"]),
        (
            "style that ends with another name",
            "<style></styles><a></STYLE\n><b>",
            ["style", "/style", "b"],
        ),
        (
            "title and textarea",
            "<title><a></title><textarea><b></textarea>",
            ["title", "/title", "textarea", "/textarea"],
        ),
        ("script", "<script>if (a<b) '</a>'</script><a>", ["script", "/script", "a"]),
        ("white space before the name", "< a><b>", ["b"]),
        ("nothing", "", []),
        ("one character", "<", []),
    ],
)
def test_tags_are_those_of_a_browser(why, html, expected):
    assert names(html) == expected, why


@pytest.mark.parametrize(
    ("why", "swallowed"),
    [
        ("a tag without end", "<a href='x' "),
        ("a quote without end", '<a href="x> <b> </a>'),
        ("a comment without end", "<!-- <a> -- >"),
        ("a declaration without end", "<!x <a"),
        ("style without end", "<style> <a> </styl"),
        ("plaintext", "<plaintext> <a>"),
        ("an end tag without end", "</a <b"),
    ],
)
def test_what_never_ends_swallows_the_rest(why, swallowed):
    scan = Scan("<p>" + swallowed)
    scan.names = Names.ALL

    found = [tag.name for tag in scan]

    assert found[0] == "p", why
    assert "b" not in found, why
    assert scan.stopped_at == len("<p>"), why


def test_a_scan_for_links_passes_over_all_else():
    html = "<p><A href=x>y</a><article><address><img><v:rect></v:rect></p></body>"

    assert names(html, Names.LINKS) == ["a", "/a", "img", "v:rect", "/v:rect", "/body"]


def test_a_thousand_tags_of_no_interest_are_passed_over_too():
    assert names("<p>x< " * 3000 + "<a>", Names.LINKS)[-1] == "a"


def test_a_scan_ends_where_it_is_told():
    html = "<a><b href='<i>'>"

    scan = Scan(html, 0, html.index("<i>"))
    scan.names = Names.ALL

    assert [tag.name for tag in scan] == ["a"]
    assert scan.stopped_at == html.index("<b")


@pytest.mark.parametrize(
    ("why", "tag", "expected"),
    [
        ("three ways to quote", "<a b=\"1\" c='2' d=3>", {"b": "1", "c": "2", "d": "3"}),
        ("white space around =", "<a b\n = \t1>", {"b": "1"}),
        ("the first of two counts", "<a b=1 B=2>", {"b": "1"}),
        ("without a value", "<a b c=>", {"b": "", "c": ""}),
        ("an unquoted value takes the slash", "<a b=x/>", {"b": "x/"}),
        ("a value with = and ?", "<a b=http://x/?y=z&q>", {"b": "http://x/?y=z&q"}),
        ("slashes part attributes", "<a/b/c=1>", {"b": "", "c": "1"}),
        ("no attributes", "<a>", {}),
    ],
)
def test_attributes_are_read_as_in_browsers(why, tag, expected):
    found = attributes(tag, next(iter(Scan(tag))))

    assert {name: value.text for name, value in found.items()} == expected, why
    assert all(tag[value.start : value.end] == value.text for value in found.values() if value.text)


def test_only_the_wanted_attributes_are_read():
    tag = "<a HREF=1 class=x title='href=2' href=3 src>"

    found = attributes(tag, next(iter(Scan(tag))), frozenset({"href", "src", "id"}))

    assert {name: value.text for name, value in found.items()} == {"href": "1", "src": ""}


def test_the_body_of_a_conditional_comment_is_what_stands_inside():
    html = "x<!--[if mso]><a><![endif]-->"

    start, end = conditional_body(next(iter(Scan(html))))

    assert html[start:end] == "[if mso]><a><![endif]"
