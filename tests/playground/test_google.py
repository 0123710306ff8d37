"""The playground's Google signs what its published keys prove."""

from joserfc import jwt
from joserfc.jwk import KeySet

from playground.google import CLIENT_ID, SERVICE_ACCOUNT, Google


def test_its_keys_prove_its_tokens():
    google = Google()
    keys = KeySet.import_key_set(google.certs())

    system = jwt.decode(google.system_token("https://x.test/a"), keys).claims
    user = jwt.decode(google.user_token("a@b.test", sub="1"), keys).claims

    assert (system["aud"], system["email"]) == ("https://x.test/a", SERVICE_ACCOUNT)
    assert (user["aud"], user["email"], user["sub"]) == (CLIENT_ID, "a@b.test", "1")


def test_its_key_is_made_once_and_kept(tmp_path):
    first, second = Google.of(tmp_path), Google.of(tmp_path)

    assert first.certs() == second.certs()
    assert (tmp_path / "google.pem").stat().st_mode & 0o077 == 0


def test_it_publishes_no_private_part():
    (key,) = Google().certs()["keys"]

    assert not {"d", "p", "q"} & key.keys()
