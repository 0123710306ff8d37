"""The vault: envelopes open in their own row under a known key, and nowhere else."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import SettingsError
from backend.providers.vault import (
    Place,
    Ring,
    Unopened,
    Vault,
    add_key,
    key_file,
    key_of,
    open_vault,
    ring_of,
)
from backend.settings import Settings
from tests.world import SECRET

KEY = base64.b64encode(bytes(range(7, 255, 8)) + b"\xff").decode()
OTHER = base64.b64encode(bytes(range(5, 250, 8)) + b"\xfe").decode()
HERE = Place("mailbox", "1", "tokens")
VAULT = Vault(lambda: ring_of(f"k1:{KEY}", "TEST"))


def settings_of(folder, **values):
    return Settings(**{"data_dir": folder, "secret": SECRET} | values)


@given(st.text())
def test_what_was_sealed_opens_in_its_place(text):
    assert VAULT.open(VAULT.seal(text, HERE), HERE) == text


def test_the_same_text_never_looks_the_same():
    assert len({VAULT.seal("token", HERE) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("why", "place"),
    [
        ("another row", Place("mailbox", "2", "tokens")),
        ("another table", Place("connection", "1", "tokens")),
        ("another column", Place("mailbox", "1", "client_secret")),
    ],
)
def test_an_envelope_moved_elsewhere_does_not_open(why, place):
    envelope = VAULT.seal("token", HERE)

    with pytest.raises(Unopened):
        VAULT.open(envelope, place)


def test_every_altered_envelope_gets_the_same_answer():
    envelope = VAULT.seal("token", HERE)
    altered = [
        envelope[:at] + ("A" if envelope[at] != "A" else "B") + envelope[at + 1 :]
        for at in range(len(envelope) - 2)
    ]
    said = set()

    for text in [*altered, "", "v1", "v1.k1", "v1.k1.", "v1.k1.é", "v2" + envelope[2:]]:
        with pytest.raises(Unopened) as caught:
            VAULT.open(text, HERE)
        said.add(caught.value.detail)

    assert len(said) == 1


def test_old_keys_open_and_the_first_one_seals():
    old = VAULT.seal("token", HERE)
    both = Vault(lambda: ring_of(f"k2:{OTHER}\nk1:{KEY}", "TEST"))

    assert both.open(old, HERE) == "token"
    assert (key_of(old), key_of(both.seal("token", HERE))) == ("k1", "k2")


@pytest.mark.parametrize(
    ("why", "text", "said"),
    [
        ("no key", " , ", "holds no key"),
        ("no id", KEY, "each key is"),
        ("too short", "k1:" + base64.b64encode(b"x" * 16).decode(), "each key is"),
        ("all zero", "k1:" + base64.b64encode(bytes(32)).decode(), "sample"),
        ("typed", "k1:" + base64.b64encode(b"change-me-0123456789-abcdefghijk").decode(), "sample"),
        ("twice the same id", f"k1:{KEY},k1:{OTHER}", "ids differ"),
    ],
)
def test_a_key_that_cannot_be_is_refused(why, text, said):
    with pytest.raises(SettingsError, match=said):
        ring_of(text, "VAULT_KEYS")


def test_production_does_not_start_without_keys(tmp_path):
    with pytest.raises(SettingsError, match="VAULT_KEYS: not set"):
        open_vault(settings_of(tmp_path, env="production"))

    assert not key_file(settings_of(tmp_path)).exists()


def test_a_developers_first_start_makes_the_file_for_its_owner_alone(tmp_path):
    open_vault(settings_of(tmp_path))

    path = key_file(settings_of(tmp_path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(ring_of(path.read_text(), "file").keys) == 1


def test_of_many_first_starts_one_makes_the_key(tmp_path):
    with ThreadPoolExecutor(10) as pool:
        vaults = list(pool.map(lambda _: open_vault(settings_of(tmp_path)), range(10)))

    assert len({vault.ring.current for vault in vaults}) == 1


def test_the_variable_wins_over_the_file(tmp_path):
    vault = open_vault(settings_of(tmp_path, vault_keys=f"mine:{KEY}", env="production"))

    assert vault.ring == Ring(ring_of(f"mine:{KEY}", "TEST").keys)


def test_a_running_vault_takes_a_new_key_at_once(tmp_path):
    vault = open_vault(settings_of(tmp_path, vault_key_file=tmp_path / "elsewhere" / "keys"))
    old = vault.seal("token", HERE)

    new = add_key(tmp_path / "elsewhere" / "keys")

    assert key_of(vault.seal("token", HERE)) == new
    assert vault.open(old, HERE) == "token"
