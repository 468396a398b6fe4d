"""Hands mails to a mail server, or leaves them as files where there is none."""

import asyncio
import os
import secrets
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as AS_SENT
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from handlers.jobs import Mailer, TryLater
from server.config.load import Config
from server.config.parsers import STARTTLS

SMTP_SECONDS = 10.0  # for the connection and for each answer
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

    async def send(self, message: EmailMessage) -> None:
        """Hand the message over. Only a 5xx about it is final; a wrong password is a TryLater."""
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
            await client.send_message(message)
            # The mail is accepted: an error of QUIT must not have it sent again.
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()
        except (aiosmtplib.SMTPException, OSError) as error:
            if _may_pass(error):
                raise TryLater(f"mail server {self._host}: {error}") from error
            raise
        finally:
            client.close()


def _may_pass(error: Exception) -> bool:
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            return all(_may_pass(refused) for refused in error.recipients)
        case aiosmtplib.SMTPAuthenticationError() | aiosmtplib.SMTPHeloError() | OSError():
            return True
        case aiosmtplib.SMTPResponseException():
            return error.code < 500
        case _:
            return False


class FileMailer:
    """One .eml file a mail; names sort by time, and a name that ends in .eml is a whole mail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, message: EmailMessage) -> None:
        """Write the message; it is on the disk when this returns."""
        await asyncio.to_thread(self._write, message.as_bytes(policy=AS_SENT))

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
