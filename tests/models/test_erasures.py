"""What stands for an address that must not be written itself."""

from backend.models.erasures import digest_of


def test_the_same_address_is_another_one_in_an_other_organisation():
    found = {digest_of(org, "carol@northwind.test") for org in ("one", "two", "one")}

    assert {len(each) for each in found} == {64}
    assert len(found) == 2
    assert "carol" not in str(found)
