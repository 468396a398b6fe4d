"""Every setting that the environment may hold: one table, which README.md repeats."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.config.parsers import (
    parse_access_key,
    parse_address,
    parse_choice,
    parse_directory_url,
    parse_integer,
    parse_mail_address,
    parse_mail_server,
    parse_networks,
    parse_origin,
    parse_origins,
    parse_replicas,
    parse_signing_key,
    parse_url,
    parse_vapid_key,
)
from storage.media.store.address import parse as parse_bucket


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable.

    `default` is what one would write in the environment; what an empty one does is said by
    `meaning`. `parse` takes the text and raises ValueError with what is accepted. A secret's value
    is never repeated in a message.
    """

    name: str
    parse: Callable[[str], Any]
    default: str
    unit: str
    meaning: str
    secret: bool = False

    @property
    def field(self) -> str:
        """The attribute of Config that holds it."""
        return self.name.lower()


SETTINGS = (
    Setting(
        "DATABASE_URL",
        parse_url("postgresql", "postgres"),
        "",
        "URL",
        "PostgreSQL 15 or later. Unset: an embedded server in the data directory",
        secret=True,
    ),
    Setting(
        "DATABASE_REPLICA_URLS",
        parse_replicas,
        "",
        "URLs, comma-separated",
        "Streaming replicas of DATABASE_URL, which answer what may be a second old "
        "(docs/deployment.md)",
        secret=True,
    ),
    Setting(
        "REDIS_URL",
        parse_url("redis", "rediss", "unix"),
        "",
        "URL",
        "Redis 6.2 or later, or Valkey. Unset: an embedded server in the data directory",
        secret=True,
    ),
    Setting(
        "REDIS_CLUSTER",
        parse_choice(on=True, off=False),
        "off",
        "on or off",
        "on: REDIS_URL names a node of a cluster of Redis 7 or later, or Valkey",
    ),
    Setting(
        "JWT_SECRET",
        parse_signing_key,
        "",
        "at least 32 bytes",
        "Signs access tokens; the same for every instance. Unset: generated once and kept in the "
        "data directory",
        secret=True,
    ),
    Setting(
        "VAPID_PRIVATE_KEY",
        parse_vapid_key,
        "",
        "32 bytes in base64url",
        "Signs Web Push (RFC 8292), the same for every instance; with a new one browsers have to "
        "subscribe anew. Unset: generated once and kept in the data directory",
        secret=True,
    ),
    Setting(
        "ACCESS_TOKEN_SECONDS",
        parse_integer(1, 86_400),
        "900",
        "seconds",
        "Life of an access token",
    ),
    Setting(
        "REFRESH_TOKEN_DAYS",
        parse_integer(1, 3_650),
        "30",
        "days",
        "Life of a session that is not used",
    ),
    Setting(
        "BCRYPT_ROUNDS",
        parse_integer(4, 16),
        "11",
        "log2 of iterations",
        "Cost of a password hash: 11 is about 0.2 s of a core, one more doubles it",
    ),
    Setting(
        "SMTP_URL",
        parse_mail_server,
        "",
        "URL",
        "Mail server, smtp://user:password@host:port. Unset: mails are written as .eml files "
        "under the data directory",
        secret=True,
    ),
    Setting(
        "MAIL_FROM",
        parse_mail_address,
        "Mini-Twitter <no-reply@localhost>",
        "address",
        "Sender of mails",
    ),
    Setting(
        "PUBLIC_URL",
        parse_origin,
        "http://127.0.0.1:8000",
        "URL",
        "Where people reach this server: links in mails and addresses of media begin with it. "
        "Unset: where `serve` listens",
    ),
    Setting(
        "CORS_ORIGINS",
        parse_origins,
        "",
        "origins, comma-separated",
        "Other web origins whose pages may call the API and open sockets; * for any",
    ),
    Setting(
        "TRUSTED_PROXIES",
        parse_networks,
        "",
        "networks, comma-separated",
        "Reverse proxies whose X-Forwarded-For, -Host and -Proto are believed",
    ),
    Setting(
        "OUTGOING_NETWORKS",
        parse_networks,
        "",
        "networks, comma-separated",
        "What is not on the public internet and yet may be sent to where users say so (Web Push, "
        "webhooks)",
    ),
    Setting(
        "HTTP_WEBHOOKS",
        parse_choice(on=True, off=False),
        "off",
        "on or off",
        "on: webhooks may have http addresses, for development; signatures hide nothing",
    ),
    Setting(
        "MEDIA_DIR",
        lambda text: Path(text).expanduser() if text else None,
        "",
        "directory",
        "Uploaded images. Unset: media in the data directory",
    ),
    Setting(
        "MEDIA_STORE_URL",
        parse_bucket,
        "",
        "URL",
        "A bucket for uploaded images instead of MEDIA_DIR, with the credentials in "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: s3://bucket/prefix?endpoint=...&region=...",
    ),
    Setting(
        "MEDIA_URL",
        parse_directory_url,
        "",
        "URL",
        "What the addresses of images begin with, where something else serves them. "
        "Unset: PUBLIC_URL and /media/",
    ),
    Setting(
        "MAX_SOCKETS_PER_USER",
        parse_integer(1, 10_000),
        "20",
        "sockets",
        "Live sockets that one account may hold on one instance",
    ),
    Setting(
        "PUBLIC_STREAMS",
        parse_choice(on=True, off=False),
        "on",
        "on or off",
        "on: streams of new posts may be listened to without login, as posts may be read",
    ),
    Setting(
        "SOCKET_BUFFER_BYTES",
        parse_integer(2**16, 2**30),
        "1048576",
        "bytes",
        "What may wait for a socket that does not read; beyond it is cut, and can resume",
    ),
    Setting(
        "SOCKET_COMPRESSION",
        parse_choice(on=True, off=False),
        "off",
        "on or off",
        "on compresses what sockets are sent, where clients offer to: for slow networks",
    ),
    Setting(
        "RATE_LIMITS",
        parse_choice(on=True, off=False),
        "on",
        "on or off",
        "off lifts every rate limit, for benchmarks",
    ),
    Setting(
        "NEW_ACCOUNTS_OPEN_TO",
        parse_choice(followed="followed", everybody="everybody"),
        "followed",
        "followed or everybody",
        "Who writes to a new account and adds it to groups at once. followed: whom it follows, "
        "others by requests and invitations. Each account may set it otherwise",
    ),
    Setting(
        "METRICS_LISTEN",
        parse_address,
        "",
        "host:port",
        "Where /metrics is, and nowhere else; `worker`, too, shows its own there. "
        "Unset: where all else is",
    ),
    Setting(
        "METRICS_TOKEN",
        parse_access_key,
        "",
        "at least 16 characters",
        "What /metrics asks for as `Authorization: Bearer`. Unset: nothing",
        secret=True,
    ),
    Setting(
        "LOG_LEVEL",
        parse_choice(debug="debug", info="info", warning="warning", error="error"),
        "info",
        "debug, info, warning or error",
        "The least severe messages that are logged",
    ),
    Setting(
        "LOG_FORMAT",
        parse_choice(text="text", json="json"),
        "text",
        "text or json",
        "Log lines for people, or one JSON object a line",
    ),
    Setting(
        "ACCESS_LOG",
        parse_choice(on=True, off=False),
        "off",
        "on or off",
        "on logs each answer: one JSON object a line on stderr, whatever LOG_FORMAT and LOG_LEVEL",
    ),
    Setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        parse_url("http", "https"),
        "",
        "URL",
        "Where traces go by OTLP over HTTP, with the extra `otel` (docs/operations.md); what else "
        "the SDK of OpenTelemetry reads is in force, such as OTEL_SERVICE_NAME. Unset: nowhere",
    ),
)


def settings_table() -> str:
    """Return all settings as a Markdown table, the way README.md has it."""
    head = "| Variable | Default | Unit | Meaning |\n| --- | --- | --- | --- |\n"
    return head + "".join(
        f"| `{setting.name}` | {f'`{setting.default}`' if setting.default else 'unset'} "
        f"| {setting.unit} | {setting.meaning} |\n"
        for setting in SETTINGS
    )
