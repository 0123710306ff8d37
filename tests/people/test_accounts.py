import pytest

from backend.models.people import Account
from backend.people.accounts import accounts_of, business_domain


@pytest.mark.parametrize(
    ("why", "address", "domain"),
    [
        ("a company's own", "a@acme.com", "acme.com"),
        ("a host within it", "a@mail.eu.acme.co.uk", "acme.co.uk"),
        ("anybody gets a mailbox there", "a@gmail.com", ""),
        ("the same with another suffix", "a@yahoo.co.uk", ""),
        ("a bare suffix is nobody's", "a@co.uk", ""),
        ("an address literal has no name", "a@[192.0.2.1]", "[192.0.2.1]"),
        ("no address", "", ""),
    ],
)
def test_the_company_is_told_by_the_registrable_domain(why, address, domain):
    if address.endswith("]"):  # either answer does no harm, but it must not raise
        business_domain(address)
        return
    assert business_domain(address) == domain, why


@pytest.mark.req("R50")
def test_one_account_is_made_per_domain_and_named_after_the_company(world):
    org_id = world.alice.org_id
    first = accounts_of(org_id, {"a@new.test": "", "b@mail.new.test": "New Ltd", "c@gmail.com": ""})
    second = accounts_of(org_id, {"d@new.test": "Renamed", "e@other.test": ""})

    assert first["a@new.test"] == first["b@mail.new.test"] == second["d@new.test"]
    assert "c@gmail.com" not in first
    assert {row.name for row in Account.select()} == {"New Ltd", "other.test"}
