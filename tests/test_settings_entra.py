"""The app at Entra: ids alone, and never without the tenants that may come."""

import pytest
from pydantic import ValidationError

from backend.settings import Settings

ID = "11111111-2222-3333-4444-55555555abcd"
OTHER = "99999999-2222-3333-4444-555555555555"


def test_there_is_none_at_first():
    assert (Settings().entra_client_id, Settings().entra_tenants) == ("", "")


def test_the_tenants_are_a_list_in_small_letters():
    settings = Settings(entra_client_id=ID.upper(), entra_tenants=f"{ID.upper()}, {OTHER}")

    assert settings.entra_client_id == ID
    assert settings.entra_tenants.split() == [ID, OTHER]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"entra_client_id": ID}, "ENTRA_TENANTS: must name"),
        ({"entra_client_id": f"{ID} {OTHER}", "entra_tenants": ID}, "ENTRA_CLIENT_ID: must be one"),
        ({"entra_client_id": "x"}, "must be ids"),
        ({"entra_tenants": "common"}, "must be ids"),
        ({"entra_tenants": "*"}, "must be ids"),
        ({"microsoft_authority": "http://login.test"}, "must be an https address"),
    ],
)
def test_what_cannot_work_is_said(given, said):
    with pytest.raises(ValidationError, match=said):
        Settings(**given)
