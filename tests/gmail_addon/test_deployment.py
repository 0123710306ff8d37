"""The deployment is what Google takes, and names only addresses that there are."""

import copy
import json

import pytest
from google.cloud.gsuiteaddons_v1 import Deployment
from google.protobuf.json_format import ParseDict
from werkzeug.routing.exceptions import RequestRedirect

from backend.errors import SettingsError
from gmail_addon.deployment import SENDING, rendered
from tests.gmail_addon.calling import PUBLIC_URL

# Google's own documents name this field, its schema on PyPI does not know it yet.
KNOWN_EXTRA = "granularOauthPermissionSupport"


def addresses(value, name=""):
    if isinstance(value, dict):
        for key, each in value.items():
            yield from addresses(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from addresses(each, name)
    elif isinstance(value, str) and value.startswith("http") and name != "oauthScopes":
        yield name, value


def test_google_s_own_schema_takes_it_but_for_one_field_named_in_its_documents(settings):
    found = copy.deepcopy(rendered(settings))
    assert found["addOns"]["httpOptions"].pop(KNOWN_EXTRA) == "OPT_IN"

    ParseDict(found, Deployment.pb(Deployment()), ignore_unknown_fields=False)


def test_each_address_in_it_is_a_route_of_ours(settings, app):
    router = app.url_map.bind("telltale.ours.test", url_scheme="https")
    calls = {"runFunction", "onTriggerFunction"}
    found = list(addresses(rendered(settings)))

    assert {name for name, _ in found} == calls | {"logoUrl", "openLink", "openLinkUrlPrefixes"}
    for name, address in found:
        path = address.removeprefix(PUBLIC_URL)
        assert path != address
        try:
            assert router.match(path, method="POST" if name in calls else "GET")
        except RequestRedirect:
            pytest.fail(f"{address} is redirected")


def test_the_permission_to_send_is_asked_for_only_with_send_tracked(settings):
    sending = settings.model_copy(update={"gmail_send_tracked": True})

    assert SENDING not in rendered(settings)["oauthScopes"]
    assert SENDING in rendered(sending)["oauthScopes"]


def test_a_public_address_is_written_as_json(settings):
    odd = settings.model_copy(update={"public_url": 'https://x.test/a"b'})

    assert json.loads(json.dumps(rendered(odd)))["addOns"]["common"]["openLinkUrlPrefixes"] == [
        'https://x.test/a"b/'
    ]


def test_google_calls_no_unencrypted_address(settings):
    with pytest.raises(SettingsError):
        rendered(settings.model_copy(update={"public_url": "http://127.0.0.1:8000"}))
