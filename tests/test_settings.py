"""Settings from the environment: what they mean, and one clear line for each that cannot work."""

import stat

import pytest
from pydantic_settings import BaseSettings

from backend.errors import SettingsError
from backend.settings import Settings, load

LONG = "k" * 20 + "l" * 20


@pytest.fixture
def given(monkeypatch, tmp_path):
    """Settings loaded from just these variables."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)

    def load_with(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return load()

    return load_with


def test_nothing_set_is_a_developers_installation(given, tmp_path):
    settings = given()

    assert (settings.env, settings.host, settings.port, settings.edge_port) == (
        "development", "127.0.0.1", 8000, 8001,
    )  # fmt: skip
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.tracking_url == "http://127.0.0.1:8001"
    assert (settings.playground, settings.smtp_port, settings.trusted_hops) == (True, 8025, 0)
    assert settings.data_dir.resolve() == tmp_path / "data"
    assert settings.log_level == "WARNING"
    assert settings.tracking_hosts == {"127.0.0.1:8001"}


def test_every_file_lies_in_the_data_folder(given):
    settings = given(DATA_DIR="elsewhere", SECRET=LONG)

    for path in (settings.main_db, settings.hits_db, settings.links_db, settings.drain_socket):
        assert path.parent == settings.data_dir
    assert settings.networks_dir.parent == settings.data_dir


def test_the_edge_is_next_to_the_app(given):
    settings = given(PORT="9000", SECRET=LONG)

    assert (settings.edge_port, settings.smtp_port) == (9001, 9025)
    assert settings.tracking_url == "http://127.0.0.1:9001"


def test_beside_the_last_ports_the_others_lie_below(given):
    settings = given(PORT="65510", SECRET=LONG)

    others = (settings.smtp_port, settings.relay_port, settings.relay_health_port)
    assert others == (65535, 65484, 65483)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("telltale.local", "http://telltale.local:8000"),
    ],
)
def test_an_address_is_made_of_host_and_port(given, host, url):
    assert given(HOST=host, SECRET=LONG).public_url == url


def test_an_address_that_is_set_wins_and_has_no_slash_at_its_end(given):
    settings = given(
        SECRET=LONG,
        PUBLIC_URL="https://app.example.test/",
        TRACKING_URL="https://Track.example.test",
        OLD_TRACKING_HOSTS="old.example.test, OLDER.example.test:8443,",
    )

    assert settings.public_url == "https://app.example.test"
    assert settings.tracking_hosts == {
        "track.example.test",
        "old.example.test",
        "older.example.test:8443",
    }


@pytest.mark.parametrize(
    ("now", "old", "hosts"),
    [
        ("https://Track.example.test:443", "old.example.test:443", {"old.example.test"}),
        ("HTTP://track.example.test:80", "", set()),
    ],
)
def test_a_tracking_host_is_known_without_the_usual_port(given, now, old, hosts):
    settings = given(SECRET=LONG, TRACKING_URL=now, OLD_TRACKING_HOSTS=old)

    assert settings.tracking_hosts == {"track.example.test"} | hosts


def test_production_has_no_playground_unless_asked(given):
    assert given(ENV="production", SECRET=LONG).playground is False
    assert given(ENV="production", SECRET=LONG, PLAYGROUND="true").playground is True


def test_an_empty_variable_is_not_set(given):
    assert given(PORT="", DATABASE_URL="", PLAYGROUND="", SECRET=LONG).port == 8000


def test_a_level_may_be_in_small_letters(given):
    assert given(LOG_LEVEL="debug", SECRET=LONG).log_level == "DEBUG"


def test_the_secret_is_made_once_and_only_its_owner_reads_it(given, tmp_path):
    first, second = given().secret, given().secret
    mode = (tmp_path / "data" / "secret.key").stat().st_mode

    assert first == second
    assert len(first) >= 64
    assert stat.S_IMODE(mode) == 0o600


def test_a_secret_that_is_set_makes_no_file(given, tmp_path):
    assert given(SECRET=LONG).secret == LONG
    assert list(tmp_path.iterdir()) == []


def test_production_reads_the_file_but_never_makes_it(given, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret.key").write_text(f"{LONG}\n")

    assert given(ENV="production").secret == LONG


FAULTS = (
    ("a port in words", {"PORT": "eighty"}, "PORT: "),
    ("a port too far", {"PORT": "70000"}, "PORT: "),
    ("no port", {"PORT": "0"}, "PORT: "),
    ("two servers on one port", {"EDGE_PORT": "8000"}, "EDGE_PORT must differ from PORT"),
    ("another kind of world", {"ENV": "staging"}, "ENV: "),
    ("another database", {"DATABASE_URL": "mysql://x"}, "DATABASE_URL: must start with postgres"),
    ("another queue", {"REDIS_URL": "amqp://x"}, "REDIS_URL: must start with redis://"),
    ("another hit log", {"HIT_LOG_URL": "hits.db"}, "HIT_LOG_URL: must start with redis://"),
    ("half an address", {"PUBLIC_URL": "telltale.test"}, "PUBLIC_URL: must be a whole address"),
    ("a port out of the world", {"PUBLIC_URL": "https://a.test:99999"}, "PUBLIC_URL: cannot be"),
    ("half a bracket", {"TRACKING_URL": "http://[::1"}, "TRACKING_URL: cannot be read"),
    ("a queue's port in words", {"REDIS_URL": "redis://h.test:x"}, "REDIS_URL: cannot be read"),
    ("a password's slash", {"HIT_LOG_URL": "redis://:a/b@h.test"}, "HIT_LOG_URL: cannot be read"),
    ("no mail host", {"MAIL_URL": "smtp://"}, "MAIL_URL: must be smtp://host"),
    ("a mail port in words", {"MAIL_URL": "smtp://h.test:x"}, "MAIL_URL: cannot be read"),
    ("a script", {"PUBLIC_URL": "javascript:alert(1)"}, "PUBLIC_URL: must be a whole address"),
    ("a user in it", {"TRACKING_URL": "https://a@b.test"}, "TRACKING_URL: must be scheme"),
    ("a query in it", {"TRACKING_URL": "https://b.test/?a"}, "TRACKING_URL: must be scheme"),
    ("hops below nought", {"TRUSTED_HOPS": "-1"}, "TRUSTED_HOPS: "),
    ("a switch in no words", {"PLAYGROUND": "perhaps"}, "PLAYGROUND: "),
    ("a short secret", {"SECRET": "short"}, "SECRET: must be at least 32"),
    ("a sample secret", {"SECRET": "x" * 32}, "SECRET: must be at least 32"),
    ("no secret in production", {"SECRET": "", "ENV": "production"}, "SECRET: not set and "),
    ("a level of its own", {"LOG_LEVEL": "loud"}, "LOG_LEVEL: "),
    ("a sender that is none", {"MAIL_FROM": "garbage"}, "MAIL_FROM: must be an e-mail address"),
    ("old hosts with blanks", {"OLD_TRACKING_HOSTS": "a.test b.test"}, "OLD_TRACKING_HOSTS: must"),
    ("an authority nowhere", {"PROVIDER_CA": "nowhere.pem"}, "PROVIDER_CA: must name a PEM file"),
    ("a debugger", {"FLASK_DEBUG": "1", "ENV": "production"}, "FLASK_DEBUG: must not be set"),
)


@pytest.mark.parametrize(("why", "variables", "said"), FAULTS, ids=[row[0] for row in FAULTS])
def test_what_cannot_work_is_one_line(given, why, variables, said):
    with pytest.raises(SettingsError) as refused:
        given(**{"SECRET": LONG} | variables)

    (line,) = refused.value.detail.splitlines()
    assert line.startswith(said)


def test_everything_that_cannot_work_is_said_at_once(given):
    with pytest.raises(SettingsError) as refused:
        given(PORT="x", TRUSTED_HOPS="-1", REDIS_URL="x")

    lines = refused.value.detail.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["PORT", "REDIS_URL", "TRUSTED_HOPS"]


def test_a_bad_value_is_not_repeated(given):
    with pytest.raises(SettingsError) as refused:
        given(DATABASE_URL="mysql://canary:4711@x", REDIS_URL="amqp://canary:4711@x")

    assert "canary" not in refused.value.detail


def test_a_password_that_breaks_an_address_is_not_repeated(given):
    with pytest.raises(SettingsError) as refused:
        given(REDIS_URL="redis://user:canary/4711@h.test", MAIL_URL="smtp://u:canary/4711@h.test")

    lines = refused.value.detail.splitlines()
    assert sorted(line.partition(":")[0] for line in lines) == ["MAIL_URL", "REDIS_URL"]
    assert "canary" not in refused.value.detail


def test_no_part_of_the_settings_hides_another_parts_check():
    checks = [
        (part.__name__, name)
        for part in Settings.__bases__
        if issubclass(part, BaseSettings)
        for name in part.__pydantic_decorators__.field_validators
        if getattr(Settings, name).__func__ is not getattr(part, name).__func__
    ]

    assert checks == []
