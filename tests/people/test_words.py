import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.people.words import MAX_WORD, MAX_WORDS, fold, sort_name, tokens_of, words_of


@pytest.mark.parametrize(
    ("text", "folded"), [("Zoë", "zoe"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("ﬁ", "fi")]
)
def test_accents_and_case_do_not_matter(text, folded):
    assert fold(text) == folded


def test_words_are_those_of_name_company_and_domain():
    words = words_of("Jean-Luc O'Neil", "Acme, Inc.", ["jl@mail.acme.test"])

    assert words == {"jean", "luc", "o", "neil", "acme", "inc", "mail.acme.test"}


@pytest.mark.parametrize(
    ("why", "query", "tokens"),
    [
        ("the longest comes first", "o neil", ["neil", "o"]),
        ("a name is split as names are kept", "Jean-Luc", ["jean", "luc"]),
        ("an address stays whole", "Ann@X.test", ["ann@x.test"]),
        ("a domain stays whole", "acme.test", ["acme.test"]),
        ("a full stop at the end is none of a domain", "St. John", ["john", "st"]),
        ("nothing to look for", " % ' ", []),
    ],
)
def test_a_query_is_cut_into_beginnings(why, query, tokens):
    assert tokens_of(query) == tokens, why


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_a_name_holds_the_index_can_take_it(name, company):
    words = words_of(name, company, [])

    assert len(words) <= MAX_WORDS
    assert all(0 < len(word) <= MAX_WORD for word in words)
    assert len(sort_name(name)) <= 100
    assert len(tokens_of(name)) <= 5
