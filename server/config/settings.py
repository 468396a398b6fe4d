"""Every setting that the environment may hold: one table, which README.md repeats."""

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from storage.media.store.address import parse as parse_bucket

SECRET_BYTES_MIN = 32


@dataclass(frozen=True, slots=True)
class Setting:
    """`default` is what one would write in the environment; "" is told apart by `meaning`.

    `parse` takes the text and raises ValueError with what is accepted. A secret's value is
    never repeated in a message.
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


def url(*schemes: str) -> Callable[[str], str]:
    """An address of one of `schemes`, as it stands, or nothing."""
    accepted = "a URL that begins with " + " or ".join(f"{scheme}://" for scheme in schemes)

    def parse(text: str) -> str:
        if not text:
            return ""
        try:
            parts = urlsplit(text)
            named = parts.scheme in schemes and (parts.netloc or parts.path) and parts.port != 0
        except ValueError:  # a port that is no number, a bracket that is not closed
            named = False
        if not named:
            raise ValueError(accepted)
        return text

    return parse


STARTTLS = {"auto": None, "always": True, "never": False}


def mail_server(text: str) -> str | None:
    """smtp(s)://[user:password@]host[:port][?starttls=auto|always|never]; None for none."""
    if url("smtp", "smtps")(text):
        parts = urlsplit(text)
        starttls = parse_qs(parts.query, keep_blank_values=True).get("starttls", ["auto"])[-1]
        if not parts.hostname or starttls not in STARTTLS:
            raise ValueError(
                "a URL such as smtp://user:password@host:587?starttls=always, "
                f"where starttls is one of {', '.join(STARTTLS)}"
            )
    return text or None


def web_origin(text: str) -> str:
    """`http(s)://host[:port]`, in lower case and without anything after it."""
    try:
        parts = urlsplit(text)
        named = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        named = False
    if not named or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError("an origin such as https://example.org")
    return f"{parts.scheme}://{parts.netloc}".lower()


def directory_url(text: str) -> str:
    """An http or https URL that ends in a slash, which is added; empty for none."""
    address: str = url("http", "https")(text)
    if "?" in address or "#" in address:
        raise ValueError("a URL such as https://media.example.org/, to which names are added")
    return address if not address or address.endswith("/") else f"{address}/"


def origins(text: str) -> tuple[str, ...]:
    """Origins between commas; `*` stands for any."""
    return tuple(item if item == "*" else web_origin(item) for item in items(text))


def networks(text: str) -> tuple[Any, ...]:
    """Addresses and CIDR networks between commas."""
    try:
        return tuple(ip_network(item) for item in items(text))
    except ValueError:
        raise ValueError("IP addresses or networks such as 10.0.0.0/8, between commas") from None


def items(text: str) -> list[str]:
    """What stands between commas, without blanks and empty ones."""
    return [item.strip() for item in text.split(",") if item.strip()]


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number within both bounds."""

    def parse(text: str) -> int:
        # int() also takes "1_000", " 5" and digits of other scripts
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return parse


def one_of(**choices: Any) -> Callable[[str], Any]:
    """One of a few words, whatever its case; answers what the word stands for."""

    def parse(text: str) -> Any:
        if text.lower() not in choices:
            raise ValueError(" or ".join(choices))
        return choices[text.lower()]

    return parse


def sender(text: str) -> str:
    """An address as it stands in a From header, with or without a name."""
    address = parseaddr(text)[1]
    local, _, domain = address.rpartition("@")
    if not (local and domain) or not text.isprintable():
        raise ValueError("an address such as Mini-Twitter <no-reply@example.org>")
    return text


def signing_key(text: str) -> str:
    """Empty, or long enough for HMAC-SHA256 not to be guessed."""
    if text and len(text.encode()) < SECRET_BYTES_MIN:
        raise ValueError(f"at least {SECRET_BYTES_MIN} bytes")
    return text


SETTINGS = (
    Setting(
        "DATABASE_URL",
        url("postgresql", "postgres"),
        "",
        "URL",
        "PostgreSQL 15 or later. Unset: an embedded server in the data directory",
        secret=True,
    ),
    Setting(
        "REDIS_URL",
        url("redis", "rediss", "unix"),
        "",
        "URL",
        "Redis 6.2 or later, or Valkey. Unset: an embedded server in the data directory",
        secret=True,
    ),
    Setting(
        "REDIS_CLUSTER",
        one_of(on=True, off=False),
        "off",
        "on or off",
        "on: REDIS_URL names a node of a cluster of Redis 7 or later, or Valkey",
    ),
    Setting(
        "JWT_SECRET",
        signing_key,
        "",
        "at least 32 bytes",
        "Signs access tokens; the same for every instance. Unset: generated once and kept in the "
        "data directory",
        secret=True,
    ),
    Setting(
        "ACCESS_TOKEN_SECONDS",
        whole(1, 86_400),
        "900",
        "seconds",
        "Life of an access token",
    ),
    Setting(
        "REFRESH_TOKEN_DAYS",
        whole(1, 3_650),
        "30",
        "days",
        "Life of a session that is not used",
    ),
    Setting(
        "BCRYPT_ROUNDS",
        whole(4, 16),
        "11",
        "log2 of iterations",
        "Cost of a password hash: 11 is about 0.2 s of a core, one more doubles it",
    ),
    Setting(
        "SMTP_URL",
        mail_server,
        "",
        "URL",
        "Mail server, smtp://user:password@host:port. Unset: mails are written as .eml files "
        "under the data directory",
        secret=True,
    ),
    Setting(
        "MAIL_FROM",
        sender,
        "Mini-Twitter <no-reply@localhost>",
        "address",
        "Sender of mails",
    ),
    Setting(
        "PUBLIC_URL",
        web_origin,
        "http://127.0.0.1:8000",
        "URL",
        "Where people reach this server: links in mails and addresses of media begin with it. "
        "Unset: where `serve` listens",
    ),
    Setting(
        "CORS_ORIGINS",
        origins,
        "",
        "origins, comma-separated",
        "Other web origins whose pages may call the API and open sockets; * for any",
    ),
    Setting(
        "TRUSTED_PROXIES",
        networks,
        "",
        "networks, comma-separated",
        "Reverse proxies whose X-Forwarded-For is believed",
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
        directory_url,
        "",
        "URL",
        "What the addresses of images begin with, where something else serves them. "
        "Unset: PUBLIC_URL and /media/",
    ),
    Setting(
        "MAX_SOCKETS_PER_USER",
        whole(1, 10_000),
        "20",
        "sockets",
        "Live sockets that one account may hold on one instance",
    ),
    Setting(
        "SOCKET_BUFFER_BYTES",
        whole(2**16, 2**30),
        "1048576",
        "bytes",
        "What may wait for a socket that does not read; beyond it is cut, and can resume",
    ),
    Setting(
        "SOCKET_COMPRESSION",
        one_of(on=True, off=False),
        "off",
        "on or off",
        "on compresses what sockets are sent, where clients offer to: for slow networks",
    ),
    Setting(
        "RATE_LIMITS",
        one_of(on=True, off=False),
        "on",
        "on or off",
        "off lifts every rate limit, for benchmarks",
    ),
    Setting(
        "LOG_LEVEL",
        one_of(debug="debug", info="info", warning="warning", error="error"),
        "info",
        "debug, info, warning or error",
        "The least severe messages that are logged",
    ),
    Setting(
        "LOG_FORMAT",
        one_of(text="text", json="json"),
        "text",
        "text or json",
        "Log lines for people, or one JSON object a line",
    ),
)


def table() -> str:
    """All settings as Markdown, the way README.md has them."""
    head = "| Variable | Default | Unit | Meaning |\n| --- | --- | --- | --- |\n"
    return head + "".join(
        f"| `{setting.name}` | {f'`{setting.default}`' if setting.default else 'unset'} "
        f"| {setting.unit} | {setting.meaning} |\n"
        for setting in SETTINGS
    )
