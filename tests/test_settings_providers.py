"""Where Microsoft's services are, and which authority their certificates may be of."""

import pytest
import trustme
from pydantic import ValidationError

from backend.settings import Settings


@pytest.mark.parametrize("name", ["microsoft_authority", "graph_url"])
def test_an_address_is_encrypted_or_on_this_machine(name):
    assert getattr(Settings(**{name: "http://127.0.0.1:9/"}), name) == "http://127.0.0.1:9"
    with pytest.raises(ValidationError, match="must be an https address"):
        Settings(**{name: "http://graph.test"})


def test_an_authority_is_a_file_of_certificates(tmp_path):
    path = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)

    assert Settings(provider_ca=path).provider_ca == path


@pytest.mark.parametrize(
    ("why", "content"), [("none there", None), ("empty", ""), ("of something else", "-----BEGIN")]
)
def test_any_other_file_is_refused(tmp_path, why, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)

    with pytest.raises(ValidationError, match="must name a PEM file"):
        Settings(provider_ca=path)
