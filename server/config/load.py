"""The configuration, made of environment variables and a data directory."""

import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from handlers.security import vapid
from server.config.parsers import SECRET_BYTES_MIN
from server.config.settings import SETTINGS, Setting
from storage.media.store.address import S3Address

JWT_SECRET_FILE = "jwt_secret"
VAPID_KEY_FILE = "vapid_private_key"


class ConfigError(Exception):
    """A setting cannot be used: one line that names it and what is accepted, for the operator."""


@dataclass(frozen=True, slots=True)
class Config:
    """One attribute for each setting, by the lower case of its name, and the data directory.

    `database_url` and `redis_url` are empty until embedded servers have filled them in.
    """

    database_url: str = field(repr=False)
    database_replica_urls: tuple[str, ...] = field(repr=False)
    redis_url: str = field(repr=False)
    redis_cluster: bool
    jwt_secret: str = field(repr=False)
    vapid_private_key: str = field(repr=False)
    access_token_seconds: int
    refresh_token_days: int
    bcrypt_rounds: int
    smtp_url: str | None = field(repr=False)
    mail_from: str
    public_url: str
    cors_origins: tuple[str, ...]
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    outgoing_networks: tuple[IPv4Network | IPv6Network, ...]
    http_webhooks: bool
    media_dir: Path
    media_store_url: S3Address | None
    media_url: str
    max_sockets_per_user: int
    public_streams: bool
    socket_buffer_bytes: int
    socket_compression: bool
    rate_limits: bool
    new_accounts_open_to: Literal["everybody", "followed"]
    metrics_listen: tuple[str, int] | None
    metrics_token: str = field(repr=False)
    log_level: Literal["debug", "info", "warning", "error"]
    log_format: Literal["text", "json"]
    access_log: bool
    otel_exporter_otlp_endpoint: str
    data_dir: Path


def load_config(environ: Mapping[str, str], data_dir: Path) -> Config:
    """Check every setting; one that is empty counts as unset.

    Makes the data directory and the signing key in it where they are absent.

    Raises:
        ConfigError: for a setting that is not accepted, or a directory that cannot be made.
    """
    data_dir = data_dir.expanduser().absolute()
    values: dict[str, Any] = {setting.field: _read(setting, environ) for setting in SETTINGS}
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        values["jwt_secret"] = values["jwt_secret"] or load_or_create_secret(
            data_dir / JWT_SECRET_FILE
        )
        values["vapid_private_key"] = values["vapid_private_key"] or _vapid_key(
            data_dir / VAPID_KEY_FILE
        )
    except OSError as error:
        raise ConfigError(f"--data-dir {data_dir}: {error}") from error
    values["media_dir"] = values["media_dir"] or data_dir / "media"
    if values["media_store_url"] and find_spec("obstore") is None:
        raise ConfigError("MEDIA_STORE_URL needs the extra `s3`: pip install mini-twitter[s3]")
    if values["otel_exporter_otlp_endpoint"] and not _has_otel():
        raise ConfigError(
            "OTEL_EXPORTER_OTLP_ENDPOINT needs the extra `otel`: pip install mini-twitter[otel]"
        )
    values["media_url"] = values["media_url"] or f"{values['public_url']}/media/"
    if values["database_replica_urls"] and not values["database_url"]:
        raise ConfigError("DATABASE_REPLICA_URLS needs the DATABASE_URL of their primary")
    if values["redis_cluster"]:
        _check_cluster(values["redis_url"])
    return Config(**values, data_dir=data_dir)


def _has_otel() -> bool:
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:  # what it is a part of
        return False


def _check_cluster(redis_url: str) -> None:
    """Raise ConfigError unless it may be a cluster's: they have no Unix sockets, no databases."""
    parts = urlsplit(redis_url)
    database = parse_qs(parts.query).get("db", [parts.path.strip("/")])[-1]
    if parts.scheme not in ("redis", "rediss") or database not in ("", "0"):
        raise ConfigError(
            "REDIS_CLUSTER=on needs a REDIS_URL that begins with redis:// or rediss:// "
            "and names no database but 0"
        )


def _read(setting: Setting, environ: Mapping[str, str]) -> object:
    text = environ.get(setting.name, "").strip() or setting.default
    try:
        return setting.parse(text)
    except ValueError as error:
        shown = "" if setting.secret else f"={text!r}"
        raise ConfigError(f"{setting.name}{shown} is not accepted: it takes {error}") from None


def _vapid_key(path: Path) -> str:
    key = load_or_create_secret(path, vapid.new_private_key)
    try:
        vapid.public_key(key)
    except ValueError as error:
        raise _no_key(path) from error
    return key


def load_or_create_secret(
    path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)
) -> str:
    """Return the key in `path`, made on first use and readable by its owner alone.

    Processes that start together agree on one: it is written aside in full and then linked into
    place, which only the first can do.

    Raises:
        ConfigError: if the file holds too little, or no text.
    """
    if not path.exists():
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mode 0600
        try:
            with os.fdopen(handle, "w") as file:
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
            os.link(aside, path)
        except FileExistsError:
            pass  # another process was first: its key is ours, too
        finally:
            Path(aside).unlink()
    try:
        key = path.read_text().strip()
    except UnicodeDecodeError as error:
        raise _no_key(path) from error
    if len(key.encode()) < SECRET_BYTES_MIN:
        raise ConfigError(f"{path} holds fewer than {SECRET_BYTES_MIN} bytes: remove it")
    return key


def _no_key(path: Path) -> ConfigError:
    return ConfigError(f"{path} holds no key: remove it")
