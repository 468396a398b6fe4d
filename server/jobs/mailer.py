"""Hands mails to a mail server, or leaves them as files where there is none."""

import asyncio
import os
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from pathlib import Path
from time import monotonic
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from handlers.jobs import Mailer, Refused, TryLater
from server.config.load import Config
from server.config.parsers import STARTTLS

SMTP_SECONDS = 10.0  # for the connection and for each answer
ASKED_SECONDS = 3.0  # in which the mail server is to say what it takes; a request waits for that
ASKED_AGAIN_SECONDS = 60.0  # later than the last time

# 5xx that are not about the mail: log in, or encrypt first (RFC 4954, RFC 3207).
ABOUT_US = (530, 534, 535, 538)
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def open_mailer(config: Config) -> Mailer:
    """Return the mailer that SMTP_URL asks for; without one, mails become files in data_dir."""
    if config.smtp_url is None:
        return FileMailer(config.data_dir / "mail")
    return SmtpMailer(config.smtp_url)


class SmtpMailer:
    """One connection a mail, to smtp://[user:password@]host[:port][?starttls=auto|always|never] or smtps://.

    auto encrypts when the server offers to. With a password for another host the default is always:
    else whoever sits on the line could strike the offer from the server's answer. Certificates are
    verified. The URL is one that server.config.settings accepts.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        secret = parts.username is not None and parts.hostname not in LOOPBACK
        starttls = parse_qs(parts.query).get("starttls", ["always" if secret else "auto"])[-1]
        self._host = parts.hostname
        self._port = parts.port
        self._use_tls = parts.scheme == "smtps"
        self._start_tls = False if self._use_tls else STARTTLS[starttls]
        self._username = None if parts.username is None else unquote(parts.username)
        self._password = None if parts.password is None else unquote(parts.password)
        self._tls = ssl.create_default_context()
        self._takes_utf8 = False
        self._asked_at = -ASKED_AGAIN_SECONDS
        self._asking = asyncio.Lock()

    async def send(self, message: EmailMessage) -> None:
        """Hand the message over. Only a 5xx about it is final; a wrong password is a TryLater."""
        async with self._connected() as client:
            try:
                await client.send_message(message)
            except (aiosmtplib.SMTPNotSupported, ValueError) as error:
                raise Refused(f"mail server {self._host} cannot take it: {error}") from error
            except aiosmtplib.SMTPException as error:
                if _is_final(error):
                    raise Refused(f"mail server {self._host} refused it: {error}") from error
                raise
            # The mail is accepted: an error of QUIT must not have it sent again.
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()

    async def check(self) -> None:
        """Connect, encrypt and log in as for a mail. Raises TryLater for what would delay mails."""
        async with self._connected() as client:
            await client.ehlo()

    async def takes_utf8(self) -> bool:
        """Return whether the server announces SMTPUTF8 (RFC 6531), asked for once a minute."""
        async with self._asking:
            if monotonic() - self._asked_at >= ASKED_AGAIN_SECONDS:
                self._takes_utf8 = False
                with suppress(TryLater, aiosmtplib.SMTPException, TimeoutError):
                    async with asyncio.timeout(ASKED_SECONDS), self._connected() as client:
                        await client.ehlo()
                        self._takes_utf8 = client.supports_extension("smtputf8")
                self._asked_at = monotonic()
            return self._takes_utf8

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._username,
            password=self._password,
            use_tls=self._use_tls,
            start_tls=self._start_tls,
            tls_context=self._tls,
            timeout=SMTP_SECONDS,
        )
        try:
            await client.connect()
            yield client
        except (
            aiosmtplib.SMTPResponseException,
            aiosmtplib.SMTPRecipientsRefused,
            OSError,
        ) as error:
            raise TryLater(f"mail server {self._host}: {error}") from error
        finally:
            client.close()


def _is_final(error: aiosmtplib.SMTPException) -> bool:
    """Return whether an answer to a mail is one that the mail will always get (RFC 5321, 4.2.1)."""
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            return any(map(_is_final, error.recipients))
        case aiosmtplib.SMTPResponseException():
            return error.code >= 500 and error.code not in ABOUT_US
        case _:
            return False


class FileMailer:
    """One .eml file a mail; names sort by time, and a name that ends in .eml is a whole mail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, message: EmailMessage) -> None:
        """Write the message; it is on the disk when this returns."""
        to = message["To"].addresses[0].addr_spec
        policy = SMTP if to.isascii() else SMTPUTF8
        await asyncio.to_thread(self._write, message.as_bytes(policy=policy))

    async def takes_utf8(self) -> bool:
        """Return True: a file takes anything."""
        return True

    def _write(self, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}"
        unfinished = self._folder / f"{name}.tmp"
        # Mails carry single-use links: for the owner's eyes.
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._folder / f"{name}.eml")
