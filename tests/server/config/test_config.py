"""Settings: defaults, refusals that help, secrets that stay secret."""

import dataclasses
import multiprocessing
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from server.config import Config, ConfigError, load_config
from server.config.load import load_or_create_secret
from server.config.settings import SETTINGS, settings_table
from tests.processes import ROOT

SECRET = "s" * 32


def test_every_setting_has_a_default(tmp_path: Path) -> None:
    config = load_config({}, tmp_path)
    assert config.database_url == config.redis_url == ""
    assert (config.access_token_seconds, config.refresh_token_days) == (900, 30)
    assert config.smtp_url is None
    assert config.cors_origins == config.trusted_proxies == ()
    assert config.media_dir == tmp_path / "media"
    assert config.max_sockets_per_user == 20
    assert config.rate_limits is True
    assert (config.log_level, config.log_format) == ("info", "text")


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    empty = {setting.name: "" for setting in SETTINGS}
    assert load_config(empty, tmp_path) == load_config({}, tmp_path)


def test_what_the_environment_says_is_taken(tmp_path: Path) -> None:
    config = load_config(
        {
            "DATABASE_URL": "postgresql://me:pw@db/name",
            "REDIS_URL": "rediss://cache:6380/1",
            "JWT_SECRET": SECRET,
            "SMTP_URL": "smtp://mail:2525",
            "MAIL_FROM": "Bird <bird@example.org>",
            "PUBLIC_URL": "https://Bird.example/",
            "CORS_ORIGINS": "https://a.example, http://localhost:5173,",
            "TRUSTED_PROXIES": "10.0.0.0/8,::1",
            "MEDIA_DIR": "/srv/media",
            "RATE_LIMITS": "OFF",
            "LOG_FORMAT": "json",
        },
        tmp_path,
    )
    assert config.database_url == "postgresql://me:pw@db/name"
    assert config.jwt_secret == SECRET
    assert config.public_url == "https://bird.example"
    assert config.cors_origins == ("https://a.example", "http://localhost:5173")
    assert config.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))
    assert config.media_dir == Path("/srv/media")
    assert config.rate_limits is False
    assert config.log_format == "json"


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("ACCESS_TOKEN_SECONDS", "15m", "a whole number from 1 to 86400"),
        ("ACCESS_TOKEN_SECONDS", "0", "a whole number from 1 to 86400"),
        ("REFRESH_TOKEN_DAYS", "٣", "a whole number"),
        ("MAX_SOCKETS_PER_USER", "-1", "a whole number"),
        ("MAIL_FROM", "nobody", "an address such as"),
        ("MAIL_FROM", "a@b.c\r\nBcc: x@y.z", "an address such as"),
        ("PUBLIC_URL", "bird.example", "an origin such as https://example.org"),
        ("PUBLIC_URL", "https://bird.example/under/a/path", "an origin such as"),
        ("CORS_ORIGINS", "https://a.example/,b.example", "an origin such as"),
        ("CORS_ORIGINS", "http://a.example:port", "an origin such as"),
        ("PUBLIC_URL", "wss://bird.example", "an origin such as"),
        ("PUBLIC_URL", "https://me@bird.example", "an origin such as"),
        ("PUBLIC_URL", "https://@bird.example", "an origin such as"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "networks such as 10.0.0.0/8"),
        ("RATE_LIMITS", "no", "on or off"),
        ("LOG_LEVEL", "loud", "debug or info or warning or error"),
        ("LOG_FORMAT", "xml", "text or json"),
    ],
)
def test_a_bad_value_is_refused_in_one_line_that_says_what_is_accepted(
    tmp_path: Path, name: str, value: str, accepted: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        load_config({name: value}, tmp_path)
    message = str(refusal.value)
    assert message.startswith(f"{name}={value!r} ")
    assert accepted in message
    assert "\n" not in message


def test_a_public_url_under_a_path_is_refused_with_what_to_give_instead(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refusal:
        load_config({"PUBLIC_URL": "https://host.example/chat"}, tmp_path)
    message = str(refusal.value)
    assert "no path" in message
    assert "https://chat.example.org instead of https://example.org/chat" in message


@pytest.mark.parametrize(
    "url", ["", "unix:///run/redis.sock", "redis://cache/1", "rediss://:hunter2@cache/?db=2"]
)
def test_a_cluster_needs_a_url_that_can_be_that_of_one(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="REDIS_CLUSTER=on needs a REDIS_URL") as refusal:
        load_config({"REDIS_CLUSTER": "on", "REDIS_URL": url}, tmp_path)
    assert "hunter2" not in str(refusal.value)
    assert load_config({"REDIS_CLUSTER": "off", "REDIS_URL": url}, tmp_path).redis_cluster is False


def test_a_cluster_is_named_by_any_of_its_nodes(tmp_path: Path) -> None:
    for url in ("redis://cache", "rediss://:pw@cache:6380/0"):
        assert (
            load_config({"REDIS_CLUSTER": "ON", "REDIS_URL": url}, tmp_path).redis_cluster is True
        )


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("DATABASE_URL", "mysql://me:hunter2@db/x", "postgresql://"),
        ("REDIS_URL", "http://:hunter2@cache", "redis:// or rediss:// or unix://"),
        ("SMTP_URL", "smtp://me:hunter2@mail:port", "smtp:// or smtps://"),
        ("SMTP_URL", "smtp:///hunter2", "smtp://user:password@host"),
        ("SMTP_URL", "smtp://me:hunter2@mail?starttls=perhaps", "auto, always, never"),
        ("SMTP_URL", "smtp://me:hunter2@mail?starttls=", "auto, always, never"),
        ("JWT_SECRET", "hunter2", "at least 32 bytes"),
        ("VAPID_PRIVATE_KEY", "hunter2", "32 bytes in base64url"),
        ("VAPID_PRIVATE_KEY", "A" * 43, "32 bytes in base64url"),
    ],
)
def test_a_bad_secret_is_refused_without_being_repeated(
    tmp_path: Path, name: str, value: str, accepted: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        load_config({name: value}, tmp_path)
    assert name in str(refusal.value)
    assert accepted in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


def test_the_key_is_counted_in_bytes(tmp_path: Path) -> None:
    assert load_config({"JWT_SECRET": "ž" * 16}, tmp_path).jwt_secret == "ž" * 16


def test_a_printed_config_shows_no_secret(tmp_path: Path) -> None:
    secrets = {
        "DATABASE_URL": "postgresql://me:hunter2@db/x",
        "DATABASE_REPLICA_URLS": "postgresql://me:hunter2@one/x,postgres://me:hunter2@two",
        "REDIS_URL": "redis://:hunter2@cache",
        "SMTP_URL": "smtp://me:hunter2@mail",
        "JWT_SECRET": "hunter2" * 5,
        "METRICS_TOKEN": "hunter2hunter2hunter2",
        "VAPID_PRIVATE_KEY": "hunter2" * 6 + "E",
    }
    assert "hunter2" not in repr(load_config(secrets, tmp_path))
    assert {setting.name for setting in SETTINGS if setting.secret} == set(secrets)


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("", ()),
        ("postgresql://a/x", ("postgresql://a/x",)),
        ("postgresql://a/x, postgres://b/x,", ("postgresql://a/x", "postgres://b/x")),
        ("postgresql://a,b/x,postgresql://c/x", ("postgresql://a,b/x", "postgresql://c/x")),
    ],
)
def test_replicas_are_listed(tmp_path: Path, text: str, urls: tuple[str, ...]) -> None:
    given = {"DATABASE_URL": "postgresql://primary/x", "DATABASE_REPLICA_URLS": text}
    assert load_config(given, tmp_path).database_replica_urls == urls


def test_replicas_need_a_primary_and_urls_of_postgresql(tmp_path: Path) -> None:
    for given in (
        {"DATABASE_REPLICA_URLS": "postgresql://a/x"},
        {"DATABASE_URL": "postgresql://p/x", "DATABASE_REPLICA_URLS": "redis://a"},
        {"DATABASE_URL": "postgresql://p/x", "DATABASE_REPLICA_URLS": "postgresql://a,http://b"},
    ):
        with pytest.raises(ConfigError, match="DATABASE_REPLICA_URLS") as error:
            load_config(given, tmp_path)
        assert "http://b" not in str(error.value)


def test_a_config_cannot_be_changed(tmp_path: Path) -> None:
    config: Any = load_config({}, tmp_path)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.rate_limits = False


def test_without_a_key_one_is_made_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    first = load_config({}, tmp_path / "new")
    assert len(first.jwt_secret.encode()) >= 32
    assert load_config({}, tmp_path / "new").jwt_secret == first.jwt_secret
    assert (tmp_path / "new" / "jwt_secret").stat().st_mode & 0o777 == 0o600
    assert load_config({}, tmp_path / "new").vapid_private_key == first.vapid_private_key
    assert (tmp_path / "new" / "vapid_private_key").stat().st_mode & 0o777 == 0o600
    kept = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert kept == ["jwt_secret", "vapid_private_key"]


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = pool.map(load_or_create_secret, [tmp_path / "jwt_secret"] * 40, chunksize=1)
    assert len(set(keys)) == 1


def test_a_kept_key_that_is_no_vapid_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vapid_private_key").write_text("x" * 50)
    with pytest.raises(ConfigError, match="vapid_private_key holds no key"):
        load_config({}, tmp_path)


@pytest.mark.parametrize("name", ["jwt_secret", "vapid_private_key"])
def test_a_kept_key_that_is_no_text_is_refused_by_its_own_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xff" * 50)
    with pytest.raises(ConfigError, match=f"{name} holds no key"):
        load_config({}, tmp_path)


def test_a_kept_key_that_is_too_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "jwt_secret").write_text("short\n")
    with pytest.raises(ConfigError, match="holds fewer than 32 bytes"):
        load_config({}, tmp_path)


def test_a_data_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="--data-dir"):
        load_config({}, tmp_path / "file" / "data")


def test_every_setting_is_an_attribute_and_the_other_way_round() -> None:
    attributes = {attribute.name for attribute in dataclasses.fields(Config)}
    assert attributes == {setting.field for setting in SETTINGS} | {"data_dir"}


def test_the_readme_has_the_table_of_settings_as_the_program_prints_it() -> None:
    assert settings_table() in (ROOT / "README.md").read_text(encoding="utf-8")
