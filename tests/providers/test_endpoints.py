"""Production speaks to Google and Microsoft alone, over https."""

import pytest
import trustme

from backend.errors import SettingsError
from backend.providers.endpoints import NAMES, require_allowed
from backend.settings import Settings
from tests.world import SECRET


def settings_of(folder, **values):
    return Settings(**{"data_dir": folder, "secret": SECRET, "env": "production"} | values)


def test_the_providers_own_hosts_and_sovereign_clouds_are_allowed(tmp_path):
    require_allowed(settings_of(tmp_path))
    require_allowed(
        settings_of(
            tmp_path,
            microsoft_authority="https://login.microsoftonline.us",
            graph_url="https://graph.microsoft.us",
        )
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "url",
    [
        "http://accounts.google.com",
        "https://accounts.google.com.evil.test",
        "https://evil.test",
        "https://accounts.google.com:8443",
        "https://127.0.0.1",
    ],
)
def test_anything_else_stops_a_production_start(tmp_path, name, url):
    # As a copy: the settings themselves refuse some of these already.
    production = settings_of(tmp_path).model_copy(update={name: url})

    with pytest.raises(SettingsError, match=name.upper()):
        require_allowed(production)
    require_allowed(production.model_copy(update={"env": "development"}))


def test_another_authority_stops_a_production_start(tmp_path):
    path = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)

    with pytest.raises(SettingsError, match="PROVIDER_CA"):
        require_allowed(settings_of(tmp_path, provider_ca=path))
